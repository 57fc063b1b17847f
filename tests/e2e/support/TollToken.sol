// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// A token that keeps a hundredth of each transfer, rounded up, and says what arrives, as such tokens do.
contract TollToken {
    string public constant name = "TollToken";
    string public constant symbol = "TLL";
    uint8 public constant decimals = 18;
    uint256 public immutable totalSupply;
    address private immutable keeper;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(uint256 supply) {
        totalSupply = supply;
        keeper = msg.sender;
        balanceOf[msg.sender] = supply;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) private {
        // Who issued it gives it away for nothing.
        uint256 toll = from == keeper ? 0 : (value + 99) / 100;
        balanceOf[from] -= value;
        balanceOf[to] += value - toll;
        balanceOf[keeper] += toll;
        emit Transfer(from, to, value - toll);
        emit Transfer(from, keeper, toll);
    }
}
