// The ABI of both channel managers and of the demo token, for this byte code and for that of 2018.
import { parseAbi } from "viem";

/** Reads declarations that end with a semicolon and may span lines. */
function read(text) {
  const declarations = text.split(";").map((part) => part.replace(/\s+/g, " ").trim());
  return parseAbi(declarations.filter((declaration) => declaration !== ""));
}

const shared = `
  function token() view returns (address);
  function challenge_period() view returns (uint32);
  function version() view returns (string);
  function channel_deposit_bugbounty_limit() view returns (uint256);
  function channels(bytes32 key) view returns (uint192 deposit, uint32 open_block_number);
  function closing_requests(bytes32 key) view returns (uint192 closing_balance,
    uint32 settle_block_number);
  function getKey(address _sender_address, address _receiver_address, uint32 _open_block_number)
    pure returns (bytes32 key);
  function tokenFallback(address _sender_address, uint256 _deposit, bytes _data);
  function cooperativeClose(address _receiver_address, uint32 _open_block_number, uint192 _balance,
    bytes _balance_msg_sig, bytes _closing_sig);
  function settle(address _receiver_address, uint32 _open_block_number);
`;

/** The channel managers by contract generation. */
export const managerAbi = {
  "0.1": read(`${shared}
  constructor(address _token_address, uint32 _challenge_period);
  function createChannelERC20(address _receiver_address, uint192 _deposit);
  function topUpERC20(address _receiver_address, uint32 _open_block_number, uint192 _added_deposit);
  function uncooperativeClose(address _receiver_address, uint32 _open_block_number,
    uint192 _balance, bytes _balance_msg_sig);
  function getChannelInfo(address _sender_address, address _receiver_address,
    uint32 _open_block_number) view returns (bytes32, uint192, uint32, uint192);
  function verifyBalanceProof(address _receiver_address, uint32 _open_block_number,
    uint192 _balance, bytes _balance_msg_sig) view returns (address);
  event ChannelCreated(address indexed _sender, address indexed _receiver, uint192 _deposit);
  event ChannelToppedUp(address indexed _sender, address indexed _receiver,
    uint32 indexed _open_block_number, uint192 _added_deposit);
  event ChannelCloseRequested(address indexed _sender, address indexed _receiver,
    uint32 indexed _open_block_number, uint192 _balance);
  event ChannelSettled(address indexed _sender, address indexed _receiver,
    uint32 indexed _open_block_number, uint192 _balance);
  `),
  "0.2": read(`${shared}
  constructor(address _token_address, uint32 _challenge_period, address[] _trusted_contracts);
  function owner_address() view returns (address);
  function trusted_contracts(address account) view returns (bool);
  function withdrawn_balances(bytes32 key) view returns (uint192);
  function createChannel(address _receiver_address, uint192 _deposit);
  function createChannelDelegate(address _sender_address, address _receiver_address,
    uint192 _deposit);
  function topUp(address _receiver_address, uint32 _open_block_number, uint192 _added_deposit);
  function topUpDelegate(address _sender_address, address _receiver_address,
    uint32 _open_block_number, uint192 _added_deposit);
  function withdraw(uint32 _open_block_number, uint192 _balance, bytes _balance_msg_sig);
  function uncooperativeClose(address _receiver_address, uint32 _open_block_number,
    uint192 _balance);
  function addTrustedContracts(address[] _trusted_contracts);
  function removeTrustedContracts(address[] _trusted_contracts);
  function getChannelInfo(address _sender_address, address _receiver_address,
    uint32 _open_block_number) view returns (bytes32, uint192, uint32, uint192, uint192);
  function extractBalanceProofSignature(address _receiver_address, uint32 _open_block_number,
    uint192 _balance, bytes _balance_msg_sig) view returns (address);
  function extractClosingSignature(address _sender_address, uint32 _open_block_number,
    uint192 _balance, bytes _closing_sig) view returns (address);
  event ChannelCreated(address indexed _sender_address, address indexed _receiver_address,
    uint192 _deposit);
  event ChannelToppedUp(address indexed _sender_address, address indexed _receiver_address,
    uint32 indexed _open_block_number, uint192 _added_deposit);
  event ChannelCloseRequested(address indexed _sender_address, address indexed _receiver_address,
    uint32 indexed _open_block_number, uint192 _balance);
  event ChannelSettled(address indexed _sender_address, address indexed _receiver_address,
    uint32 indexed _open_block_number, uint192 _balance, uint192 _receiver_tokens);
  event ChannelWithdraw(address indexed _sender_address, address indexed _receiver_address,
    uint32 indexed _open_block_number, uint192 _withdrawn_balance);
  event TrustedContract(address indexed _trusted_contract_address, bool _trusted_status);
  `),
};

export const tokenAbi = read(`
  constructor(uint256 initial_supply, string token_name, string token_symbol, uint8 decimal_units);
  function name() view returns (string);
  function symbol() view returns (string);
  function decimals() view returns (uint8);
  function version() view returns (string);
  function multiplier() view returns (uint256);
  function owner_address() view returns (address);
  function totalSupply() view returns (uint256);
  function balanceOf(address account) view returns (uint256);
  function allowance(address account, address spender) view returns (uint256);
  function transfer(address _to, uint256 _value) returns (bool);
  function transfer(address _to, uint256 _value, bytes _data) returns (bool);
  function transferFrom(address _from, address _to, uint256 _value) returns (bool);
  function approve(address _spender, uint256 _value) returns (bool);
  function mint() payable;
  function transferFunds();
  event Transfer(address indexed _from, address indexed _to, uint256 _value);
  event Approval(address indexed _owner, address indexed _spender, uint256 _value);
  event Minted(address indexed _to, uint256 indexed _num);
`);
