//! Gets the parts' own files, and the tables out of them.

#[cfg(feature = "parts")]
pub(super) use files::*;
#[cfg(not(feature = "parts"))]
pub(super) use whole::*;

#[cfg(feature = "parts")]
mod files {
    #![allow(improper_ctypes, improper_ctypes_definitions)] // Both sides are this very crate.

    use super::super::Part;
    use super::super::tables::{
        HAND, Hand, KEYS, Keys, MANAGING, Managing, PAYING, POLICY, PORT, Paying, PolicyPart, Port,
        WALLET, Wallet,
    };
    use crate::wasm::error::Failure;
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/src/wasm/parts.js")]
    extern "C" {
        #[wasm_bindgen(catch, js_name = load)]
        async fn load_file(name: &str, exports: &JsValue) -> Result<JsValue, JsValue>;
    }

    // The tool that takes the module apart knows a part by these names: a call of the import becomes a
    // call of the export, which goes into the part with all that only it leads to. The digits pair the
    // two. Each may be called only once its part is loaded.
    #[link(wasm_import_module = "__wasm_split_placeholder__")]
    unsafe extern "C" {
        #[link_name = "__wasm_split_00paying00_import_00000000000000000000000000000001"]
        safe fn import_paying() -> &'static Paying;
        #[link_name = "__wasm_split_00managing00_import_00000000000000000000000000000002"]
        safe fn import_managing() -> &'static Managing;
        #[link_name = "__wasm_split_00keys00_import_00000000000000000000000000000003"]
        safe fn import_keys() -> &'static Keys;
        #[link_name = "__wasm_split_00wallet00_import_00000000000000000000000000000004"]
        safe fn import_wallet() -> &'static Wallet;
        #[link_name = "__wasm_split_00hand00_import_00000000000000000000000000000005"]
        safe fn import_hand() -> &'static Hand;
        #[link_name = "__wasm_split_00policy00_import_00000000000000000000000000000006"]
        safe fn import_policy() -> &'static PolicyPart;
        #[link_name = "__wasm_split_00port00_import_00000000000000000000000000000007"]
        safe fn import_port() -> &'static Port;
    }

    #[unsafe(export_name = "__wasm_split_00paying00_export_00000000000000000000000000000001")]
    extern "C" fn export_paying() -> &'static Paying {
        &PAYING
    }

    #[unsafe(export_name = "__wasm_split_00managing00_export_00000000000000000000000000000002")]
    extern "C" fn export_managing() -> &'static Managing {
        &MANAGING
    }

    #[unsafe(export_name = "__wasm_split_00keys00_export_00000000000000000000000000000003")]
    extern "C" fn export_keys() -> &'static Keys {
        &KEYS
    }

    #[unsafe(export_name = "__wasm_split_00wallet00_export_00000000000000000000000000000004")]
    extern "C" fn export_wallet() -> &'static Wallet {
        &WALLET
    }

    #[unsafe(export_name = "__wasm_split_00hand00_export_00000000000000000000000000000005")]
    extern "C" fn export_hand() -> &'static Hand {
        &HAND
    }

    #[unsafe(export_name = "__wasm_split_00policy00_export_00000000000000000000000000000006")]
    extern "C" fn export_policy() -> &'static PolicyPart {
        &POLICY
    }

    #[unsafe(export_name = "__wasm_split_00port00_export_00000000000000000000000000000007")]
    extern "C" fn export_port() -> &'static Port {
        &PORT
    }

    pub(in super::super) fn hand() -> &'static Hand {
        import_hand()
    }

    pub(in super::super) fn policy() -> &'static PolicyPart {
        import_policy()
    }

    pub(in super::super) fn port() -> &'static Port {
        import_port()
    }

    pub(in super::super) fn paying() -> &'static Paying {
        import_paying()
    }

    pub(in super::super) fn managing() -> &'static Managing {
        import_managing()
    }

    pub(in super::super) fn keys() -> &'static Keys {
        import_keys()
    }

    pub(in super::super) fn wallet() -> &'static Wallet {
        import_wallet()
    }

    pub(in super::super) async fn load(part: Part) -> Result<(), Failure> {
        let loaded = load_file(part.name(), &wasm_bindgen::exports()).await;
        loaded.map(|_| ()).map_err(|cause| {
            let message = "a part of the library can't be loaded; nothing was signed or sent";
            Failure::new("not-loaded", message).caused_by(cause)
        })
    }
}

/// Everything is in one file.
#[cfg(not(feature = "parts"))]
mod whole {
    use super::super::Part;
    use super::super::tables::{
        HAND, Hand, KEYS, Keys, MANAGING, Managing, PAYING, POLICY, PORT, Paying, PolicyPart, Port,
        WALLET, Wallet,
    };
    use crate::wasm::error::Failure;

    pub(in super::super) fn hand() -> &'static Hand {
        &HAND
    }

    pub(in super::super) fn policy() -> &'static PolicyPart {
        &POLICY
    }

    pub(in super::super) fn port() -> &'static Port {
        &PORT
    }

    pub(in super::super) fn paying() -> &'static Paying {
        &PAYING
    }

    pub(in super::super) fn managing() -> &'static Managing {
        &MANAGING
    }

    pub(in super::super) fn keys() -> &'static Keys {
        &KEYS
    }

    pub(in super::super) fn wallet() -> &'static Wallet {
        &WALLET
    }

    pub(in super::super) async fn load(_: Part) -> Result<(), Failure> {
        Ok(())
    }
}
