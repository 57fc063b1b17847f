//! What must not be in a text, in any form in which programs write bytes.

use microraiden::protocol::Signature;

#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn text(&mut self, secret: &str) {
        self.0.push(secret.to_lowercase());
    }

    /// Each half by itself: with r, or s, alone much is known.
    pub(crate) fn signature(&mut self, signature: &Signature) {
        let bytes = signature.as_bytes();
        self.bytes(&bytes[..32]);
        self.bytes(&bytes[32..64]);
    }

    /// In hex, as a list of numbers, and as text with escapes. A part is enough.
    pub(crate) fn bytes(&mut self, secret: &[u8]) {
        let part = &secret[4..16];
        let numbers: Vec<String> = part.iter().map(u8::to_string).collect();
        self.0.push(hex::encode(part));
        self.0.push(numbers.join(", "));
        self.0.push(part.escape_ascii().to_string().to_lowercase());
    }

    pub(crate) fn check(&self, text: &str) {
        assert!(self.0.len() > 50);
        let text = text.to_lowercase();
        for secret in &self.0 {
            let line = text.lines().find(|line| line.contains(secret));
            assert!(line.is_none(), "{secret} in {line:?}");
        }
    }
}
