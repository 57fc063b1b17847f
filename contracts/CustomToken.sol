// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.30;

import {Token, TokenReceiver} from "./Token.sol";

/// @title The demo token: ERC20, the three-argument transfer of ERC223, and tokens for ether.
contract CustomToken is Token {
  string public constant version = "H0.1";

  string public name;
  string public symbol;
  uint8 public immutable decimals;

  /// @notice Base units of one token.
  uint256 public immutable multiplier;

  /// @notice The deployer, who may take the collected ether.
  address public immutable owner_address;

  uint256 public totalSupply;
  mapping(address account => uint256) public balanceOf;
  mapping(address account => mapping(address spender => uint256)) public allowance;

  event Transfer(address indexed _from, address indexed _to, uint256 _value);
  event Approval(address indexed _owner, address indexed _spender, uint256 _value);
  event Minted(address indexed _to, uint256 indexed _num);

  /// @param initial_supply in base units; all of it goes to the deployer, without an event.
  constructor(
    uint256 initial_supply,
    string memory token_name,
    string memory token_symbol,
    uint8 decimal_units
  ) {
    name = token_name;
    symbol = token_symbol;
    decimals = decimal_units;
    multiplier = 10 ** uint256(decimal_units);
    owner_address = msg.sender;
    totalSupply = initial_supply;
    balanceOf[msg.sender] = initial_supply;
  }

  /// @notice Gives the caller 50 tokens for at least 0.1 ether; what is paid above that is kept.
  /// @dev Emits `Minted` and no `Transfer`.
  function mint() external payable {
    require(msg.value >= 0.1 ether);
    uint256 amount = 50 * multiplier;
    totalSupply += amount;
    // The sum of all balances is the supply, which has just been checked.
    unchecked {
      balanceOf[msg.sender] += amount;
    }
    emit Minted(msg.sender, amount);
  }

  /// @notice Sends the collected ether to the owner, who must be the caller.
  function transferFunds() external {
    require(msg.sender == owner_address);
    (bool sent, ) = payable(owner_address).call{value: address(this).balance}("");
    require(sent);
  }

  /// @notice Moves tokens of the caller, not to the zero address and not to this token.
  function transfer(address _to, uint256 _value) external returns (bool) {
    _move(msg.sender, _to, _value);
    return true;
  }

  /// @notice Moves tokens of the caller and then tells a receiving contract, which must accept
  /// them.
  function transfer(address _to, uint256 _value, bytes calldata _data) external returns (bool) {
    _move(msg.sender, _to, _value);
    if (_to.code.length > 0) {
      TokenReceiver(_to).tokenFallback(msg.sender, _value, _data);
    }
    return true;
  }

  /// @notice Moves tokens within the caller's allowance, which shrinks by as much.
  function transferFrom(address _from, address _to, uint256 _value) external returns (bool) {
    require(_from != address(0));
    allowance[_from][msg.sender] -= _value;
    _move(_from, _to, _value);
    return true;
  }

  /// @notice Allows `_spender` to take tokens of the caller.
  /// @dev An allowance that is not 0 must be set to 0 before it can be changed, so that nobody can
  /// take both the old and the new one.
  function approve(address _spender, uint256 _value) external returns (bool) {
    require(_spender != address(0));
    require(_value == 0 || allowance[msg.sender][_spender] == 0);
    allowance[msg.sender][_spender] = _value;
    emit Approval(msg.sender, _spender, _value);
    return true;
  }

  function _move(address _from, address _to, uint256 _value) private {
    require(_to != address(0));
    require(_to != address(this));
    balanceOf[_from] -= _value;
    // The sum of all balances is the supply, so this cannot overflow.
    unchecked {
      balanceOf[_to] += _value;
    }
    emit Transfer(_from, _to, _value);
  }
}
