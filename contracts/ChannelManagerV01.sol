// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ChannelStore} from "./ChannelStore.sol";
import {ECVerify} from "./ECVerify.sol";
import {TokenReceiver} from "./Token.sol";

/// @title Channel manager of contract generation 0.1.
/// @notice Holds the deposits of many channels of one token. Each channel goes from one sender to
/// one receiver and is named by sender, receiver and the block in which it was opened.
contract ChannelManagerV01 is ChannelStore, TokenReceiver {
  string public constant version = "0.1.0";

  /// @dev The first part of what is signed, see `verifyBalanceProof`.
  bytes32 private constant BALANCE_PROOF_SCHEMA = keccak256(
    "address receiveruint32 block_createduint192 balanceaddress contract"
  );

  event ChannelCreated(address indexed _sender, address indexed _receiver, uint192 _deposit);
  event ChannelToppedUp(
    address indexed _sender,
    address indexed _receiver,
    uint32 indexed _open_block_number,
    uint192 _added_deposit
  );
  event ChannelCloseRequested(
    address indexed _sender,
    address indexed _receiver,
    uint32 indexed _open_block_number,
    uint192 _balance
  );
  event ChannelSettled(
    address indexed _sender,
    address indexed _receiver,
    uint32 indexed _open_block_number,
    uint192 _balance
  );

  constructor(
    address _token_address,
    uint32 _challenge_period
  ) ChannelStore(_token_address, _challenge_period) {}

  /// @notice Opens a channel from the caller to the receiver, or tops one up, with tokens just
  /// received.
  /// @dev Requires that the token calls, that `_deposit` fits uint192 and that `_data` is the
  /// receiver (20 bytes: open) or the receiver and the open block (24 bytes: top up).
  function tokenFallback(address _sender_address, uint256 _deposit, bytes calldata _data) external {
    require(msg.sender == address(token));
    require(_deposit <= type(uint192).max);
    require(_data.length == 20 || _data.length == 24);
    address receiver = address(bytes20(_data[0:20]));
    if (_data.length == 20) {
      _createChannel(_sender_address, receiver, uint192(_deposit));
    } else {
      _topUp(_sender_address, receiver, uint32(bytes4(_data[20:24])), uint192(_deposit));
    }
  }

  /// @notice Opens a channel from the caller to the receiver.
  /// @dev Requires an allowance of the deposit, a deposit within the limit and that the caller has
  /// opened no channel to this receiver in this block.
  function createChannelERC20(address _receiver_address, uint192 _deposit) external {
    _createChannel(msg.sender, _receiver_address, _deposit);
    _take(msg.sender, _deposit);
  }

  /// @notice Adds to the deposit of a channel of the caller.
  /// @dev Requires an allowance, a channel whose deposit is not 0, no close request, an amount
  /// above 0 and a new deposit within the limit.
  function topUpERC20(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _added_deposit
  ) external {
    _topUp(msg.sender, _receiver_address, _open_block_number, _added_deposit);
    _take(msg.sender, _added_deposit);
  }

  /// @notice Asks to close a channel (by its sender) or closes it at once (by its receiver).
  /// @dev The signer of the balance proof is the sender of the channel. Called by the receiver,
  /// settles at once, also as the answer to a close request. Called by the sender, requires that
  /// there is no close request yet and that the deposit covers the balance. A missing channel
  /// counts as a deposit of 0, so a request with balance 0 is stored for it; it can never be
  /// settled. The settle block wraps around at 2^32.
  function uncooperativeClose(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance,
    bytes calldata _balance_msg_sig
  ) external {
    address sender = verifyBalanceProof(
      _receiver_address,
      _open_block_number,
      _balance,
      _balance_msg_sig
    );
    if (msg.sender == _receiver_address) {
      _settleChannel(sender, _receiver_address, _open_block_number, _balance);
      return;
    }
    require(msg.sender == sender);

    bytes32 key = getKey(sender, _receiver_address, _open_block_number);
    require(closing_requests[key].settle_block_number == 0);
    require(_balance <= channels[key].deposit);
    uint32 settle_block_number;
    unchecked {
      settle_block_number = uint32(block.number) + challenge_period;
    }
    closing_requests[key] = ClosingRequest({
      closing_balance: _balance,
      settle_block_number: settle_block_number
    });
    emit ChannelCloseRequested(sender, _receiver_address, _open_block_number, _balance);
  }

  /// @notice Closes a channel of the caller at once, with the receiver's consent.
  /// @dev Requires that the receiver has signed keccak256 of the 65 bytes of `_balance_msg_sig`,
  /// exactly as given, and that the caller has signed the balance proof.
  function cooperativeClose(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance,
    bytes calldata _balance_msg_sig,
    bytes calldata _closing_sig
  ) external {
    require(ECVerify.recover(keccak256(_balance_msg_sig), _closing_sig) == _receiver_address);
    address sender = verifyBalanceProof(
      _receiver_address,
      _open_block_number,
      _balance,
      _balance_msg_sig
    );
    require(msg.sender == sender);
    _settleChannel(sender, _receiver_address, _open_block_number, _balance);
  }

  /// @notice Pays out a channel of the caller after the challenge period, with the balance of the
  /// close request.
  /// @dev Requires a close request and a block number above its settle block.
  function settle(address _receiver_address, uint32 _open_block_number) external {
    bytes32 key = getKey(msg.sender, _receiver_address, _open_block_number);
    _settleChannel(msg.sender, _receiver_address, _open_block_number, _maturedBalance(key));
  }

  /// @notice Returns what is stored about a channel. Reverts if it does not exist or has been
  /// settled.
  /// @return the channel key, the deposit, the settle block (0: nobody asked to close) and the
  /// closing balance.
  function getChannelInfo(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number
  ) external view returns (bytes32, uint192, uint32, uint192) {
    bytes32 key = getKey(_sender_address, _receiver_address, _open_block_number);
    Channel memory channel = channels[key];
    require(channel.open_block_number > 0);
    ClosingRequest memory request = closing_requests[key];
    return (key, channel.deposit, request.settle_block_number, request.closing_balance);
  }

  /// @notice Returns the signer of a balance proof.
  /// @dev Signed is keccak256(keccak256(schema), keccak256(receiver, block, balance, this
  /// contract)), the values tightly packed (20, 4, 24 and 20 bytes), without a prefix.
  function verifyBalanceProof(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance,
    bytes calldata _balance_msg_sig
  ) public view returns (address) {
    bytes32 values = keccak256(
      abi.encodePacked(_receiver_address, _open_block_number, _balance, address(this))
    );
    return
      ECVerify.recover(keccak256(abi.encodePacked(BALANCE_PROOF_SCHEMA, values)), _balance_msg_sig);
  }

  function _createChannel(
    address _sender_address,
    address _receiver_address,
    uint192 _deposit
  ) private {
    _storeChannel(_sender_address, _receiver_address, _deposit);
    emit ChannelCreated(_sender_address, _receiver_address, _deposit);
  }

  /// @dev A channel opened with deposit 0 cannot be topped up in this generation.
  function _topUp(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _added_deposit
  ) private {
    require(_open_block_number > 0);
    bytes32 key = getKey(_sender_address, _receiver_address, _open_block_number);
    require(channels[key].deposit > 0);
    _raiseDeposit(key, _added_deposit);
    emit ChannelToppedUp(_sender_address, _receiver_address, _open_block_number, _added_deposit);
  }

  /// @dev Pays the balance to the receiver and the rest to the sender; both transfers are made even
  /// for 0 tokens.
  function _settleChannel(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance
  ) private {
    uint192 deposit = _removeChannel(
      getKey(_sender_address, _receiver_address, _open_block_number),
      _balance
    );
    _pay(_receiver_address, _balance);
    _pay(_sender_address, deposit - _balance);
    emit ChannelSettled(_sender_address, _receiver_address, _open_block_number, _balance);
  }
}
