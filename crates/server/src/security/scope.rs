//! What a key lets its holder do.

use std::fmt;
use std::str::FromStr;

/// One kind of thing that can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Ask a model for predictions.
    Predict,
    /// Read what models and the API say of themselves.
    Metadata,
    /// Load, unload and redirect models.
    Admin,
    /// Read the server's metrics.
    Metrics,
}

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Predict, Self::Metadata, Self::Admin, Self::Metrics];

    /// Its name in a file of keys and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Predict => "predict",
            Self::Metadata => "metadata",
            Self::Admin => "admin",
            Self::Metrics => "metrics",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One or several scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Whether this one is among them.
    pub fn contain(self, scope: Scope) -> bool {
        self.0 & Self::bit(scope) != 0
    }

    fn bit(scope: Scope) -> u8 {
        1 << scope as u8
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | Self::bit(scope)))
    }
}

impl FromStr for Scopes {
    type Err = String;

    /// `predict,metadata`; the error is the name that is none, shortened and in quotes.
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(|name| {
                let known = Scope::ALL.into_iter().find(|scope| scope.name() == name.trim());
                known.ok_or_else(|| model_core::encoding::shortened(name))
            })
            .collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            Scope::ALL.into_iter().filter(|&scope| self.contain(scope)).map(Scope::name).collect();
        f.write_str(&names.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_and_written() {
        let check = |text: &str, expected: Result<&str, &str>| {
            let scopes = text.parse::<Scopes>().map(|scopes| scopes.to_string());
            assert_eq!(scopes.as_deref().map_err(String::as_str), expected, "{text}");
        };
        check("predict", Ok("predict"));
        check("admin, predict,admin", Ok("predict,admin"));
        check("predict,metadata,admin,metrics", Ok("predict,metadata,admin,metrics"));
        check("", Err("\"\""));
        check("predict,", Err("\"\""));
        check("Predict", Err("\"Predict\""));
    }

    #[test]
    fn a_scope_is_none_of_the_others() {
        for scope in Scope::ALL {
            let scopes = Scopes::from_iter([scope]);
            let contained: Vec<_> = Scope::ALL.into_iter().filter(|&other| scopes.contain(other)).collect();
            assert_eq!(contained, [scope]);
        }
    }
}
