// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title Recovery of the signer of a 32-byte hash.
library ECVerify {
  /// @notice Returns the account whose signature of `_hash` is `_signature`.
  /// @dev The hash is taken as it is, without a prefix. A signature is 65 bytes: r (32), s (32), v
  /// (1).
  ///
  /// Reverts unless the length is 65, v is 0, 1, 27 or 28, and some key can have made the signature
  /// (r and s in 1..n-1 and r on the curve). A high s is accepted, so there are two valid
  /// signatures for every one made. A signature of something else recovers to some other account:
  /// the caller must compare.
  function recover(
    bytes32 _hash,
    bytes calldata _signature
  ) internal pure returns (address signer) {
    require(_signature.length == 65);
    bytes32 r = bytes32(_signature[0:32]);
    bytes32 s = bytes32(_signature[32:64]);
    uint8 v = uint8(_signature[64]);
    if (v < 27) {
      v += 27;
    }
    require(v == 27 || v == 28);
    signer = ecrecover(_hash, v, r, s);
    require(signer != address(0));
  }
}
