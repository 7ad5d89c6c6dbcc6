use super::*;
use proptest::prelude::*;

fn module(text: &str) -> Module {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.py");
    std::fs::write(&path, text).unwrap();
    let mut module = read(&path).unwrap();
    module.names.remove("__file__");
    module
}

fn value(text: &str) -> Python {
    module(&format!("X = {text}\n")).names.remove("X").unwrap()
}

fn text(text: &str) -> Python {
    Python::Text(text.to_owned())
}

#[test]
fn literals_are_read_as_python_reads_them() {
    for (source, expected) in [
        ("'a' \"b\"", text("ab")),
        ("r'^\\w+$'", text("^\\w+$")),
        ("'''two\nlines'''", text("two\nlines")),
        ("'it\\'s'", text("it's")),
        ("60 * 60 * 24", Python::Integer(86_400)),
        ("1_000", Python::Integer(1_000)),
        ("-1.5", Python::Float(-1.5)),
        ("('Bearer',)", Python::List(vec![text("Bearer")])),
        ("('Bearer')", text("Bearer")),
        ("[\n  'a',  # why\n  'b',\n]", Python::List(vec![text("a"), text("b")])),
        ("None", Python::None),
        ("timedelta(days=1, minutes=5)", Python::Seconds(86_700.0)),
        ("datetime.timedelta(seconds=300)", Python::Seconds(300.0)),
        ("os.environ['KEY']", Python::Env("KEY".to_owned(), None)),
        ("config('KEY', default='x', cast=str)", Python::Env("KEY".to_owned(), Some(Box::new(text("x"))))),
        ("secrets.token_hex()", Python::Code("secrets.token_hex()".to_owned())),
        ("f'{a}'", Python::Code("f'{a}'".to_owned())),
    ] {
        assert!(value(source) == expected, "{source}");
    }
}

#[test]
fn one_member_that_is_code_does_not_cost_the_others() {
    let dict = value("{'A': make_key(), 'B': timedelta(minutes=5), 'C': (lambda: {1, 2}), 'D': True}");
    assert!(matches!(dict.member("A"), Some(Python::Code(code)) if code == "make_key()"));
    assert!(dict.member("B") == Some(&Python::Seconds(300.0)));
    assert!(matches!(dict.member("C"), Some(Python::Code(_))));
    assert!(dict.member("D") == Some(&Python::Bool(true)));
}

#[test]
fn later_statements_see_earlier_names() {
    let found = module(
        "SECRET_KEY = 'abc'\nAPPS = ['a']\nAPPS += ['b']\nJWT = {'KEY': SECRET_KEY}\nJWT['MORE'] = 1\n\
         if DEBUG:\n    SECRET_KEY = 'other'\n",
    );
    assert!(found.names["APPS"] == Python::List(vec![text("a"), text("b")]));
    assert!(found.names["JWT"].member("KEY") == Some(&text("abc")));
    assert!(found.names["JWT"].member("MORE") == Some(&Python::Integer(1)));
    assert_eq!(found.conditional.get("SECRET_KEY"), Some(&7));
}

#[test]
fn paths_below_the_project_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("site");
    std::fs::create_dir(&package).unwrap();
    let base = "BASE = Path(__file__).resolve().parent.parent\nDB = BASE / 'db.sqlite3'\n\
                OLD = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'old.db')\n";
    std::fs::write(package.join("base.py"), base).unwrap();
    std::fs::write(package.join("settings.py"), "from .base import *\nMORE = DB\n").unwrap();
    let found = read(&package.join("settings.py")).unwrap();
    assert!(found.names["MORE"] == text(&folder.path().join("db.sqlite3").display().to_string()));
    assert!(found.names["OLD"] == text(&folder.path().join("old.db").display().to_string()));
}

proptest! {
    #[test]
    fn no_module_makes_the_reader_panic(source in "[A-Z]{1,3} ?\\+?= ?[\\[\\](){}'\"a-z0-9,:.#\\\\\n =*+/-]{0,60}") {
        let _ = logical_lines(&source).iter().map(|line| Module::default().statement(line)).count();
    }

    #[test]
    fn no_text_makes_the_reader_panic(source in ".{0,80}") {
        let _ = logical_lines(&source).iter().map(|line| Module::default().statement(line)).count();
    }

    #[test]
    fn brackets_without_end_are_code(open in "[\\[({]{1,200}") {
        let is_code = matches!(Expression::read(&open, &BTreeMap::new()), Python::Code(_));
        prop_assert!(is_code);
    }
}
