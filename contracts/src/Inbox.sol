// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Messages from L1 to L2, in one order. The hash after message n commits to messages 1 to n; before the first one it is zero.
abstract contract Inbox {
    error DepositGasOutOfRange(uint256 gasLimit, uint256 minimum, uint256 maximum);
    error DepositDataTooLong(uint256 length, uint256 maximum);

    event DepositQueued(
        uint256 indexed index, address indexed sender, address indexed to, uint256 value, uint64 gasLimit, bytes data, bytes32 inHash
    );

    uint256 public constant MAX_DEPOSIT_GAS = 1_000_000;
    uint256 public constant MAX_DEPOSIT_DATA = 8192;
    uint256 private constant BASE_GAS = 21_000;
    uint256 private constant GAS_PER_BYTE = 40;
    uint160 private constant ALIAS_OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// Messages queued since genesis.
    uint256 public depositCount;
    mapping(uint256 => bytes32) private _hashes;

    /// Queues a message that the L2 executes as a transaction of the sender with the value minted to it.
    /// @param to Who is called on L2.
    /// @param gasLimit Gas of the L2 transaction: at least 21,000 and 40 for each byte of data.
    /// @return index Place in the order, from 1.
    function deposit(address to, uint64 gasLimit, bytes calldata data) external payable returns (uint256 index) {
        if (data.length > MAX_DEPOSIT_DATA) revert DepositDataTooLong(data.length, MAX_DEPOSIT_DATA);
        uint256 minimum = BASE_GAS + GAS_PER_BYTE * data.length;
        if (gasLimit < minimum || gasLimit > MAX_DEPOSIT_GAS) revert DepositGasOutOfRange(gasLimit, minimum, MAX_DEPOSIT_GAS);
        // A contract's address may belong to somebody else on L2, so it gets another one there.
        address sender = msg.sender == tx.origin ? msg.sender : _alias(msg.sender);
        bytes32 previous = _hashes[depositCount];
        index = ++depositCount;
        bytes32 message = keccak256(abi.encode(index, sender, to, msg.value, gasLimit, keccak256(data)));
        bytes32 inHash = keccak256(abi.encodePacked(previous, message));
        _hashes[index] = inHash;
        emit DepositQueued(index, sender, to, msg.value, gasLimit, data, inHash);
    }

    /// Commitment to the first messages; zero for none.
    function inHashOf(uint256 count) public view returns (bytes32) {
        return count == 0 ? bytes32(0) : _hashes[count];
    }

    function _alias(address account) private pure returns (address) {
        unchecked {
            return address(uint160(account) + ALIAS_OFFSET);
        }
    }
}
