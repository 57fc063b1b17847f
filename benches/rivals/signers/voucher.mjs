// A voucher as typed data (EIP-712) with the five fields of the balance message.

export const types = {
  Voucher: [
    { name: "message_id", type: "string" },
    { name: "receiver", type: "address" },
    { name: "block_created", type: "uint32" },
    { name: "balance", type: "uint192" },
    { name: "contract", type: "address" },
  ],
};

export function domain(contract) {
  return { name: "MicroRaiden", version: "1", chainId: 31337, verifyingContract: contract };
}

export function message({ contract, receiver, openBlock, balance }) {
  return {
    message_id: "Sender balance proof signature",
    receiver,
    block_created: openBlock,
    balance,
    contract,
  };
}
