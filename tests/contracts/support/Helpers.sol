// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ECVerify} from "../../../contracts/ECVerify.sol";

/// @title A contract that does what it is told, to be trusted as a delegate.
contract Forwarder {
  function forward(address _to, bytes calldata _data) external {
    (bool done, ) = _to.call(_data);
    require(done);
  }
}

/// @title A contract that is no token.
contract NoToken {}

/// @title A token that says no without reverting, once told to.
contract RefusingToken {
  uint256 public constant totalSupply = 1;
  bool public refuses;

  function refuse(bool _refuses) external {
    refuses = _refuses;
  }

  function transfer(address, uint256) external view returns (bool) {
    return !refuses;
  }

  function transferFrom(address, address, uint256) external view returns (bool) {
    return !refuses;
  }
}

/// @title The signature library on its own.
contract Recovery {
  /// @notice Returns the signer of a hash.
  function recover(bytes32 _hash, bytes calldata _signature) public pure returns (address) {
    return ECVerify.recover(_hash, _signature);
  }

  /// @notice Returns the signer of an early typed-data message of three fields.
  function recoverThreeFields(
    address _address,
    uint32 _value,
    uint192 _value2,
    bytes calldata _signature
  ) external pure returns (address) {
    bytes32 schema = keccak256("address Addressuint32 Valueuint192 Value2");
    bytes32 values = keccak256(abi.encodePacked(_address, _value, _value2));
    return recover(keccak256(abi.encodePacked(schema, values)), _signature);
  }
}
