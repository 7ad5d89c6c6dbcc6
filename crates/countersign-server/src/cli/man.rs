//! `countersign man`

use super::{Cli, Failure, Output};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

/// Prints the manual page, every command after the program itself.
pub(super) fn run(output: &Output) -> Result<(), Failure> {
    let mut page = Vec::new();
    let mut program = Cli::command();
    program.build();
    render(&program, &mut page).map_err(Failure::io("cannot write the manual page"))?;
    output.text(&String::from_utf8_lossy(&page))
}

fn render(program: &Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    Man::new(program.clone()).render(page)?;
    for command in program.get_subcommands().filter(|command| command.get_name() != "help") {
        chapter(command, page)?;
    }
    Ok(())
}

/// A command and the commands below it.
fn chapter(command: &Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let man = Man::new(command.clone());
    page.extend_from_slice(
        format!(".SH \"{}\"\n", command.get_bin_name().unwrap_or_default().to_uppercase()).as_bytes(),
    );
    man.render_description_section(page)?;
    man.render_synopsis_section(page)?;
    if command.get_arguments().any(|argument| !argument.is_global_set()) {
        man.render_options_section(page)?;
    }
    command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
        .try_for_each(|below| chapter(below, page))
}
