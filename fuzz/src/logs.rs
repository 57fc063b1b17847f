//! Logs and return data: the number of topics (1 byte), the topics, then the data. What is read as an
//! event or as a channel is the only one that these bytes can mean.
use microraiden::protocol::abi::{CallData, Words};
use microraiden::protocol::amount::Uint256;
use microraiden::protocol::event::{address_topic, signature, topic};
use microraiden::protocol::{
    Address, ChannelId, Generation, Hash, Log, Manager, ManagerEvent, TokenEvent,
};

/// Fails if a promise is broken.
pub fn run(input: &[u8]) {
    for generation in [Generation::V01, Generation::V02] {
        returned(generation, input);
    }
    if let Ok(text) = Words::new(input).text() {
        let inside = input
            .windows(text.len().max(1))
            .any(|part| part == text.as_bytes());
        assert!(text.is_empty() || inside);
    }
    if let Ok(number) = Words::new(input).uint8() {
        assert_eq!(Words::new(input).uint32(), Ok(u32::from(number)));
        assert_eq!(Words::new(input).uint256(), Ok(Uint256::from(number)));
        assert_eq!(
            Words::new(input).boolean().ok(),
            [Some(false), Some(true)]
                .get(usize::from(number))
                .copied()
                .flatten()
        );
    }
    let Some(log) = read(input) else {
        return;
    };
    for generation in [Generation::V01, Generation::V02] {
        if let Ok(event) = ManagerEvent::read(generation, &log) {
            let (topics, data) = write(generation, &event);
            assert_eq!(topics, log.topics);
            assert!(log.data.starts_with(&data));
        }
    }
    if let Ok(event) = TokenEvent::read(&log) {
        let (topics, data) = write_token(&event);
        assert_eq!(topics, log.topics);
        assert!(log.data.starts_with(&data));
    }
}

fn read(input: &[u8]) -> Option<Log> {
    let (count, rest) = input.split_first()?;
    let (topics, data) = rest.split_at_checked(32 * usize::from(count % 8))?;
    let topics = topics
        .chunks_exact(32)
        .map(|topic| Hash(topic.try_into().expect("32 bytes")));
    Some(Log {
        address: Address([7; 20]),
        topics: topics.collect(),
        data: data.to_vec(),
    })
}

fn returned(generation: Generation, data: &[u8]) {
    let manager = Manager {
        address: Address([7; 20]),
        generation,
    };
    let Ok(info) = manager.info_returned(data) else {
        return;
    };
    let call = CallData::constructor()
        .hash(&info.key)
        .amount(info.deposit)
        .uint32(info.settle_block)
        .amount(info.closing_balance);
    let call = match generation {
        Generation::V01 => {
            assert!(info.withdrawn.is_zero());
            call
        }
        Generation::V02 => call.amount(info.withdrawn),
    };
    assert!(data.starts_with(&call.encode()));
}

fn write(generation: Generation, event: &ManagerEvent) -> (Vec<Hash>, Vec<u8>) {
    let data = CallData::constructor();
    match *event {
        ManagerEvent::Created {
            sender,
            receiver,
            deposit,
        } => {
            let topics = [signature::CREATED].map(topic).to_vec();
            let parties = [sender, receiver].map(address_topic);
            (
                [topics, parties.to_vec()].concat(),
                data.amount(deposit).encode(),
            )
        }
        ManagerEvent::ToppedUp { channel, added } => (
            indexed(signature::TOPPED_UP, &channel),
            data.amount(added).encode(),
        ),
        ManagerEvent::CloseRequested { channel, balance } => (
            indexed(signature::CLOSE_REQUESTED, &channel),
            data.amount(balance).encode(),
        ),
        ManagerEvent::Settled {
            channel,
            balance,
            receiver_tokens,
        } => {
            let name = match generation {
                Generation::V01 => signature::SETTLED_V01,
                Generation::V02 => signature::SETTLED_V02,
            };
            assert_eq!(receiver_tokens.is_some(), generation == Generation::V02);
            let data = data.amount(balance);
            let data = receiver_tokens
                .iter()
                .fold(data, |data, amount| data.amount(*amount));
            (indexed(name, &channel), data.encode())
        }
        ManagerEvent::Withdrawn { channel, paid } => (
            indexed(signature::WITHDRAWN, &channel),
            data.amount(paid).encode(),
        ),
        ManagerEvent::TrustedContract { contract, trusted } => (
            vec![topic(signature::TRUSTED_CONTRACT), address_topic(contract)],
            data.uint32(trusted.into()).encode(),
        ),
    }
}

fn indexed(name: &str, channel: &ChannelId) -> Vec<Hash> {
    let block = Uint256::from(channel.open_block).to_be_bytes();
    vec![
        topic(name),
        address_topic(channel.sender),
        address_topic(channel.receiver),
        Hash(block),
    ]
}

fn write_token(event: &TokenEvent) -> (Vec<Hash>, Vec<u8>) {
    let parties = |name, a, b| vec![topic(name), address_topic(a), address_topic(b)];
    let word = |value: Uint256| value.to_be_bytes().to_vec();
    match *event {
        TokenEvent::Transfer { from, to, value } => {
            (parties(signature::TRANSFER, from, to), word(value))
        }
        TokenEvent::Approval {
            owner,
            spender,
            value,
        } => (parties(signature::APPROVAL, owner, spender), word(value)),
        TokenEvent::Minted { to, value } => (
            vec![
                topic(signature::MINTED),
                address_topic(to),
                Hash(value.to_be_bytes()),
            ],
            Vec::new(),
        ),
    }
}
