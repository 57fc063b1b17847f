//! The last known texts of a store that answers later, for readers that can't wait.

use js_sys::Map;

/// Texts by name, in an object of the page: a map of this module's own would be about 5 kB more to load.
pub(super) struct Mirror(Map);

impl Mirror {
    pub(super) fn new() -> Self {
        Self(Map::new())
    }

    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.get(&name.into()).as_string()
    }

    /// The names with this prefix.
    pub(super) fn names(&self, prefix: &str) -> Vec<String> {
        let names = self.0.keys().into_iter();
        let names = names.filter_map(|name| name.ok()?.as_string());
        names.filter(|name| name.starts_with(prefix)).collect()
    }

    /// Takes in the text of a name; `None`: there is none.
    pub(super) fn note(&self, name: &str, text: Option<&str>) {
        match text {
            Some(text) => {
                self.0.set(&name.into(), &text.into());
            }
            None => {
                self.0.delete(&name.into());
            }
        }
    }
}
