//! Where the project has the packages' views.

use super::Mapper;
use crate::config::import::python::Python;

/// The packages' views: the class, its package, the section and the setting with its path.
const VIEWS: [(&str, &str, &str, &str); 14] = [
    ("TokenObtainPairView", "rest_framework_simplejwt", "simple_jwt", "obtain_path"),
    ("TokenRefreshView", "rest_framework_simplejwt", "simple_jwt", "refresh_path"),
    ("TokenVerifyView", "rest_framework_simplejwt", "simple_jwt", "verify_path"),
    ("TokenBlacklistView", "rest_framework_simplejwt", "simple_jwt", "blacklist_path"),
    ("TokenObtainSlidingView", "rest_framework_simplejwt", "simple_jwt", "sliding_obtain_path"),
    ("TokenRefreshSlidingView", "rest_framework_simplejwt", "simple_jwt", "sliding_refresh_path"),
    ("ObtainJSONWebToken", "rest_framework_jwt", "jwt_auth", "obtain_path"),
    ("ObtainJSONWebTokenView", "rest_framework_jwt", "jwt_auth", "obtain_path"),
    ("RefreshJSONWebToken", "rest_framework_jwt", "jwt_auth", "refresh_path"),
    ("RefreshJSONWebTokenView", "rest_framework_jwt", "jwt_auth", "refresh_path"),
    ("VerifyJSONWebToken", "rest_framework_jwt", "jwt_auth", "verify_path"),
    ("VerifyJSONWebTokenView", "rest_framework_jwt", "jwt_auth", "verify_path"),
    ("ImpersonateJSONWebTokenView", "rest_framework_jwt", "jwt_auth", "impersonate_path"),
    ("BlacklistView", "rest_framework_jwt", "jwt_auth", "blacklist_path"),
];

/// The package that a view is of.
pub(super) fn package(view: &str) -> Option<&'static str> {
    VIEWS.iter().find(|(name, ..)| *name == view).map(|(_, package, ..)| *package)
}

impl Mapper<'_> {
    /// Serves each of the packages' views where the project has it, and nowhere where it has not.
    pub(super) fn routes(&mut self) {
        let Some(routes) = &self.project.routes else { return };
        let mut placed: Vec<(&str, &str)> = Vec::new();
        for route in routes {
            let Some((_, _, section, setting)) = VIEWS.iter().find(|(name, ..)| *name == route.view) else {
                continue;
            };
            let name = format!("the URL of {}", route.own.as_ref().unwrap_or(&route.view));
            let path = format!("/{}", route.path.trim_start_matches(['^', '/']).trim_end_matches('$'));
            if placed.contains(&(section, setting)) {
                // A router has a list and a detail view of the same class.
                if *setting != "blacklist_path" {
                    self.miss(name, format!("is also {path}"), "this program serves an endpoint at one path; let the proxy in front rewrite the other");
                }
                continue;
            }
            if path.contains(['<', '(', '\\', '?', '*', '[']) {
                self.miss(
                    name,
                    format!("is a pattern: {path}"),
                    format!("write the path as [{section}] {setting}"),
                );
                continue;
            }
            placed.push((section, setting));
            if let Some(own) = &route.own {
                self.miss(name.clone(), format!("is a class of the project's own, {own}"), "what it adds is not served here; [simple_jwt.claims] and response cover the usual wishes");
            }
            self.take(section, setting, &name, &Python::Text(path));
        }
        for (view, package, section, setting) in VIEWS {
            let is_spoken = placed.iter().any(|(other, _)| *other == section);
            if is_spoken && !placed.contains(&(section, setting)) {
                placed.push((section, setting));
                self.take(
                    section,
                    setting,
                    &format!("no URL of {package}'s {view}"),
                    &Python::Text(String::new()),
                );
            }
        }
    }
}
