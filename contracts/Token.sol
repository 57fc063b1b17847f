// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

/// @title The part of a token that a channel manager uses.
interface Token {
  function totalSupply() external view returns (uint256);

  /// @notice Moves tokens of the caller. Must return true or revert.
  function transfer(address _to, uint256 _value) external returns (bool);

  /// @notice Moves tokens that `_from` has allowed the caller to take. Must return true or revert.
  function transferFrom(address _from, address _to, uint256 _value) external returns (bool);
}

/// @title A contract that wants to know about ERC223 transfers to itself.
interface TokenReceiver {
  /// @notice Called by the token in the transaction that has just moved `_value` tokens here.
  /// @param _from the account that sent the tokens.
  /// @param _data the third argument of the transfer; reverting undoes the transfer.
  function tokenFallback(address _from, uint256 _value, bytes calldata _data) external;
}
