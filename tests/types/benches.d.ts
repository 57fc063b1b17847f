// Installed for the measurements alone.
declare module "@noble/curves/secp256k1.js";
