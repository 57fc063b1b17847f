// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Token} from "./Token.sol";

/// @title What the channel managers of both contract generations keep, and the rules they share.
/// @dev A failed rule reverts with empty data, as in the contracts of 2018: a client has to check
/// the rules itself to tell its user why. Arguments with dirty upper bits are refused by the
/// compiler's decoder; the contracts of 2018 cut them to their width.
abstract contract ChannelStore {
  /// @dev Exists while `open_block_number` is not 0; the deposit may be 0.
  struct Channel {
    uint192 deposit;
    uint32 open_block_number;
  }

  /// @dev Exists while `settle_block_number` is not 0.
  struct ClosingRequest {
    uint192 closing_balance;
    uint32 settle_block_number;
  }

  /// @notice The largest deposit of one channel, in token base units.
  uint256 public constant channel_deposit_bugbounty_limit = 100 * 10 ** 18;

  /// @notice The token of all channels.
  Token public immutable token;

  /// @notice How many blocks the receiver has to answer a close request.
  uint32 public immutable challenge_period;

  /// @notice The channels by channel key; zeros for an unknown key.
  mapping(bytes32 key => Channel) public channels;

  /// @notice The close requests by channel key; zeros for an unknown key.
  mapping(bytes32 key => ClosingRequest) public closing_requests;

  /// @dev The token must be a contract with a supply, the challenge period at least 500 blocks.
  constructor(address _token_address, uint32 _challenge_period) {
    require(_token_address.code.length > 0);
    require(_challenge_period >= 500);
    require(Token(_token_address).totalSupply() > 0);
    token = Token(_token_address);
    challenge_period = _challenge_period;
  }

  /// @notice Returns the channel key: keccak256 of sender (20 bytes), receiver (20) and open block
  /// (4).
  function getKey(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number
  ) public pure returns (bytes32 key) {
    return keccak256(abi.encodePacked(_sender_address, _receiver_address, _open_block_number));
  }

  /// @dev Stores a channel that is opened in this block. Requires a deposit within the limit and
  /// that neither a channel nor a close request is stored under its key.
  function _storeChannel(
    address _sender_address,
    address _receiver_address,
    uint192 _deposit
  ) internal {
    require(_deposit <= channel_deposit_bugbounty_limit);
    uint32 open_block_number = uint32(block.number);
    bytes32 key = getKey(_sender_address, _receiver_address, open_block_number);
    require(channels[key].open_block_number == 0);
    require(closing_requests[key].settle_block_number == 0);
    channels[key] = Channel({deposit: _deposit, open_block_number: open_block_number});
  }

  /// @dev Adds to a stored deposit. Requires that something is added, that nobody has asked to
  /// close and that the new deposit is within the limit. The caller has checked that the channel
  /// exists.
  function _raiseDeposit(bytes32 _key, uint192 _added_deposit) internal {
    require(_added_deposit > 0);
    require(closing_requests[_key].settle_block_number == 0);
    uint192 deposit = channels[_key].deposit + _added_deposit;
    require(deposit <= channel_deposit_bugbounty_limit);
    channels[_key].deposit = deposit;
  }

  /// @dev Reads the closing balance that may be settled now. Requires a close request and that the
  /// current block is after the settle block.
  function _maturedBalance(bytes32 _key) internal view returns (uint192) {
    ClosingRequest memory request = closing_requests[_key];
    require(request.settle_block_number > 0);
    require(block.number > request.settle_block_number);
    return request.closing_balance;
  }

  /// @dev Forgets the channel and its close request and returns the deposit. Requires that the
  /// channel exists and that the balance is covered by the deposit.
  function _removeChannel(bytes32 _key, uint192 _balance) internal returns (uint192 deposit) {
    Channel memory channel = channels[_key];
    require(channel.open_block_number > 0);
    require(_balance <= channel.deposit);
    delete channels[_key];
    delete closing_requests[_key];
    return channel.deposit;
  }

  function _take(address _from, uint256 _amount) internal {
    require(token.transferFrom(_from, address(this), _amount));
  }

  function _pay(address _to, uint256 _amount) internal {
    require(token.transfer(_to, _amount));
  }
}
