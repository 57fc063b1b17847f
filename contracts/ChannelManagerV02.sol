// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {ChannelStore} from "./ChannelStore.sol";
import {ECVerify} from "./ECVerify.sol";
import {TokenReceiver} from "./Token.sol";

/// @title Channel manager of contract generation 0.2.
/// @notice Holds the deposits of many channels of one token. Each channel goes from one sender to
/// one receiver and is named by sender, receiver and the block in which it was opened.
contract ChannelManagerV02 is ChannelStore, TokenReceiver {
  string public constant version = "0.2.0";

  /// @dev The first part of what is signed, see `extractBalanceProofSignature`.
  bytes32 private constant BALANCE_PROOF_SCHEMA = keccak256(
    "string message_idaddress receiveruint32 block_createduint192 balanceaddress contract"
  );

  /// @dev The first part of what is signed, see `extractClosingSignature`.
  bytes32 private constant CLOSING_SCHEMA = keccak256(
    "string message_idaddress senderuint32 block_createduint192 balanceaddress contract"
  );

  /// @notice The account that decides which contracts are trusted.
  address public immutable owner_address;

  /// @notice Contracts that may open and top up channels for others.
  mapping(address account => bool) public trusted_contracts;

  /// @notice How much of the balance the receiver has withdrawn, by channel key. Not cleared by
  /// settling.
  mapping(bytes32 key => uint192) public withdrawn_balances;

  event ChannelCreated(
    address indexed _sender_address,
    address indexed _receiver_address,
    uint192 _deposit
  );
  event ChannelToppedUp(
    address indexed _sender_address,
    address indexed _receiver_address,
    uint32 indexed _open_block_number,
    uint192 _added_deposit
  );
  event ChannelCloseRequested(
    address indexed _sender_address,
    address indexed _receiver_address,
    uint32 indexed _open_block_number,
    uint192 _balance
  );
  /// @param _balance the total owed at settlement.
  /// @param _receiver_tokens what the receiver got in this transaction: the balance less what was
  /// withdrawn before.
  event ChannelSettled(
    address indexed _sender_address,
    address indexed _receiver_address,
    uint32 indexed _open_block_number,
    uint192 _balance,
    uint192 _receiver_tokens
  );
  /// @param _withdrawn_balance what the receiver got in this transaction, not the total.
  event ChannelWithdraw(
    address indexed _sender_address,
    address indexed _receiver_address,
    uint32 indexed _open_block_number,
    uint192 _withdrawn_balance
  );
  event TrustedContract(address indexed _trusted_contract_address, bool _trusted_status);

  modifier isOwner() {
    require(msg.sender == owner_address);
    _;
  }

  modifier isTrustedContract() {
    require(trusted_contracts[msg.sender]);
    _;
  }

  /// @param _trusted_contracts entries without code are skipped.
  constructor(
    address _token_address,
    uint32 _challenge_period,
    address[] memory _trusted_contracts
  ) ChannelStore(_token_address, _challenge_period) {
    owner_address = msg.sender;
    for (uint256 i = 0; i < _trusted_contracts.length; i++) {
      _trust(_trusted_contracts[i]);
    }
  }

  /// @notice Opens a channel, or tops one up, with tokens just received.
  /// @dev Requires that the token calls, that `_deposit` fits uint192 and that `_data` is sender
  /// and receiver (40 bytes: open) or sender, receiver and open block (44 bytes: top up). The
  /// account that sent the tokens must be that sender or a trusted contract.
  function tokenFallback(address _sender_address, uint256 _deposit, bytes calldata _data) external {
    require(msg.sender == address(token));
    require(_deposit <= type(uint192).max);
    require(_data.length == 40 || _data.length == 44);
    address sender = address(bytes20(_data[0:20]));
    address receiver = address(bytes20(_data[20:40]));
    require(_sender_address == sender || trusted_contracts[_sender_address]);
    if (_data.length == 40) {
      _createChannel(sender, receiver, uint192(_deposit));
    } else {
      _topUp(sender, receiver, uint32(bytes4(_data[40:44])), uint192(_deposit));
    }
  }

  /// @notice Opens a channel from the caller to the receiver.
  /// @dev Requires an allowance of the deposit, a deposit within the limit and that the caller has
  /// opened no channel to this receiver in this block.
  function createChannel(address _receiver_address, uint192 _deposit) external {
    _createChannel(msg.sender, _receiver_address, _deposit);
    _take(msg.sender, _deposit);
  }

  /// @notice Opens a channel for a sender with tokens of the caller.
  /// @dev Requires that the caller is trusted; otherwise as `createChannel`.
  function createChannelDelegate(
    address _sender_address,
    address _receiver_address,
    uint192 _deposit
  ) external isTrustedContract {
    _createChannel(_sender_address, _receiver_address, _deposit);
    _take(msg.sender, _deposit);
  }

  /// @notice Adds to the deposit of a channel of the caller.
  /// @dev Requires an allowance, an existing channel, no close request, an amount above 0 and a new
  /// deposit within the limit.
  function topUp(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _added_deposit
  ) external {
    _topUp(msg.sender, _receiver_address, _open_block_number, _added_deposit);
    _take(msg.sender, _added_deposit);
  }

  /// @notice Adds to the deposit of a sender's channel with tokens of the caller.
  /// @dev Requires that the caller is trusted; otherwise as `topUp`.
  function topUpDelegate(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _added_deposit
  ) external isTrustedContract {
    _topUp(_sender_address, _receiver_address, _open_block_number, _added_deposit);
    _take(msg.sender, _added_deposit);
  }

  /// @notice Pays the receiver, who calls, what is owed and not yet withdrawn. The channel stays
  /// open.
  /// @dev Requires a balance proof of the channel's sender, no close request, and a balance above
  /// what was withdrawn before and covered by the deposit.
  function withdraw(
    uint32 _open_block_number,
    uint192 _balance,
    bytes calldata _balance_msg_sig
  ) external {
    require(_balance > 0);
    address sender = extractBalanceProofSignature(
      msg.sender,
      _open_block_number,
      _balance,
      _balance_msg_sig
    );
    bytes32 key = getKey(sender, msg.sender, _open_block_number);
    Channel memory channel = channels[key];
    require(channel.open_block_number > 0);
    require(closing_requests[key].settle_block_number == 0);
    require(_balance <= channel.deposit);
    uint192 withdrawn = withdrawn_balances[key];
    require(withdrawn < _balance);

    withdrawn_balances[key] = _balance;
    uint192 due = _balance - withdrawn;
    _pay(msg.sender, due);
    emit ChannelWithdraw(sender, msg.sender, _open_block_number, due);
  }

  /// @notice Closes a channel at once with the signatures of both parties; anybody may send them.
  /// @dev The signer of the balance proof is the sender of the channel. Requires that the signer of
  /// the closing message for this sender is the receiver. Works also after a close request, until
  /// the channel is settled.
  function cooperativeClose(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance,
    bytes calldata _balance_msg_sig,
    bytes calldata _closing_sig
  ) external {
    address sender = extractBalanceProofSignature(
      _receiver_address,
      _open_block_number,
      _balance,
      _balance_msg_sig
    );
    address receiver = extractClosingSignature(sender, _open_block_number, _balance, _closing_sig);
    require(receiver == _receiver_address);
    _settleChannel(sender, receiver, _open_block_number, _balance);
  }

  /// @notice Asks to close a channel of the caller with this balance. Cannot be repeated or
  /// corrected.
  /// @dev Requires that the channel exists, that there is no close request yet, that the deposit
  /// covers the balance and that the settle block fits uint32.
  function uncooperativeClose(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance
  ) external {
    bytes32 key = getKey(msg.sender, _receiver_address, _open_block_number);
    Channel memory channel = channels[key];
    require(channel.open_block_number > 0);
    require(closing_requests[key].settle_block_number == 0);
    require(_balance <= channel.deposit);
    closing_requests[key] = ClosingRequest({
      closing_balance: _balance,
      settle_block_number: uint32(block.number) + challenge_period
    });
    emit ChannelCloseRequested(msg.sender, _receiver_address, _open_block_number, _balance);
  }

  /// @notice Pays out a channel of the caller after the challenge period, with the balance of the
  /// close request.
  /// @dev Requires a close request and a block number above its settle block. Reverts for as long
  /// as the closing balance is below what the receiver has withdrawn.
  function settle(address _receiver_address, uint32 _open_block_number) external {
    bytes32 key = getKey(msg.sender, _receiver_address, _open_block_number);
    _settleChannel(msg.sender, _receiver_address, _open_block_number, _maturedBalance(key));
  }

  /// @notice Trusts contracts. Entries without code are skipped; the event is emitted for all
  /// others.
  function addTrustedContracts(address[] calldata _trusted_contracts) external isOwner {
    for (uint256 i = 0; i < _trusted_contracts.length; i++) {
      _trust(_trusted_contracts[i]);
    }
  }

  /// @notice Ends the trust in contracts. Entries that are not trusted are skipped.
  function removeTrustedContracts(address[] calldata _trusted_contracts) external isOwner {
    for (uint256 i = 0; i < _trusted_contracts.length; i++) {
      address account = _trusted_contracts[i];
      if (trusted_contracts[account]) {
        trusted_contracts[account] = false;
        emit TrustedContract(account, false);
      }
    }
  }

  /// @notice Returns what is stored about a channel. Reverts if it does not exist or has been
  /// settled.
  /// @return the channel key, the deposit, the settle block (0: nobody asked to close), the closing
  /// balance and how much the receiver has withdrawn.
  function getChannelInfo(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number
  ) external view returns (bytes32, uint192, uint32, uint192, uint192) {
    bytes32 key = getKey(_sender_address, _receiver_address, _open_block_number);
    Channel memory channel = channels[key];
    require(channel.open_block_number > 0);
    ClosingRequest memory request = closing_requests[key];
    return (
      key,
      channel.deposit,
      request.settle_block_number,
      request.closing_balance,
      withdrawn_balances[key]
    );
  }

  /// @notice Returns the signer of a balance proof.
  /// @dev Signed is keccak256(keccak256(schema), keccak256(message id, receiver, block, balance,
  /// this contract)), the values tightly packed (30, 20, 4, 24 and 20 bytes), without a prefix.
  function extractBalanceProofSignature(
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance,
    bytes calldata _balance_msg_sig
  ) public view returns (address) {
    bytes32 values = keccak256(
      abi.encodePacked(
        "Sender balance proof signature",
        _receiver_address,
        _open_block_number,
        _balance,
        address(this)
      )
    );
    return
      ECVerify.recover(keccak256(abi.encodePacked(BALANCE_PROOF_SCHEMA, values)), _balance_msg_sig);
  }

  /// @notice Returns the signer of a closing message.
  /// @dev Signed is keccak256(keccak256(schema), keccak256(message id, sender, block, balance, this
  /// contract)), the values tightly packed (26, 20, 4, 24 and 20 bytes), without a prefix. The
  /// sender is part of it, so that the signature closes no channel of somebody else.
  function extractClosingSignature(
    address _sender_address,
    uint32 _open_block_number,
    uint192 _balance,
    bytes calldata _closing_sig
  ) public view returns (address) {
    bytes32 values = keccak256(
      abi.encodePacked(
        "Receiver closing signature",
        _sender_address,
        _open_block_number,
        _balance,
        address(this)
      )
    );
    return ECVerify.recover(keccak256(abi.encodePacked(CLOSING_SCHEMA, values)), _closing_sig);
  }

  function _trust(address _account) private {
    if (_account.code.length > 0) {
      trusted_contracts[_account] = true;
      emit TrustedContract(_account, true);
    }
  }

  function _createChannel(
    address _sender_address,
    address _receiver_address,
    uint192 _deposit
  ) private {
    _storeChannel(_sender_address, _receiver_address, _deposit);
    emit ChannelCreated(_sender_address, _receiver_address, _deposit);
  }

  function _topUp(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _added_deposit
  ) private {
    require(_open_block_number > 0);
    bytes32 key = getKey(_sender_address, _receiver_address, _open_block_number);
    require(channels[key].open_block_number > 0);
    _raiseDeposit(key, _added_deposit);
    emit ChannelToppedUp(_sender_address, _receiver_address, _open_block_number, _added_deposit);
  }

  /// @dev Pays the balance less what was withdrawn to the receiver and the rest of the deposit to
  /// the sender; both transfers are made even for 0 tokens.
  function _settleChannel(
    address _sender_address,
    address _receiver_address,
    uint32 _open_block_number,
    uint192 _balance
  ) private {
    bytes32 key = getKey(_sender_address, _receiver_address, _open_block_number);
    uint192 deposit = _removeChannel(key, _balance);
    // Checked: reverts if more was withdrawn than the balance.
    uint192 due = _balance - withdrawn_balances[key];
    _pay(_receiver_address, due);
    _pay(_sender_address, deposit - _balance);
    emit ChannelSettled(_sender_address, _receiver_address, _open_block_number, _balance, due);
  }
}
