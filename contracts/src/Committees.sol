// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parameters} from "./Parameters.sol";
import {ValidatorRegistry} from "./ValidatorRegistry.sol";

/// Draws a committee for each epoch and keeps one word of it: keccak256(abi.encode(seed, number of members, Merkle root of the members)).
/// A leaf of the tree is a member's address in 32 bytes; missing leaves up to the next power of two are zero; a node is keccak256(left, right).
abstract contract Committees is ValidatorRegistry {
    error EpochAlreadySetUp(uint256 epoch);
    error NoCommittee(uint256 epoch);
    error NotProposer(address signer, uint256 slot);
    error WrongCommittee(uint256 epoch);

    event CommitteeDrawn(uint256 indexed epoch, bytes32 seed, bytes32 commitment, address[] members);

    uint256 internal constant MAX_COMMITTEE = 128;

    uint256 public immutable committeeSize;
    uint256 public immutable committeeLag;

    /// The commitment to each epoch's committee; zero where there is none.
    mapping(uint256 => bytes32) public committees;
    uint256 private _epochsSetUp;

    constructor(Parameters memory p) {
        if (p.committeeSize == 0 || p.committeeSize > MAX_COMMITTEE) revert BadParameter("committeeSize");
        if (p.committeeLag == 0 || p.committeeLag > 8) revert BadParameter("committeeLag");
        committeeSize = p.committeeSize;
        committeeLag = p.committeeLag;
    }

    /// Once in each epoch, by anyone: applies queued joins and exits, and draws the committee of the epoch that lies committeeLag ahead.
    /// Epochs before it that have none, after a pause or at the start, get theirs too.
    function setUpEpoch() external {
        uint256 epoch = currentEpoch();
        if (_epochsSetUp > epoch) revert EpochAlreadySetUp(epoch);
        _epochsSetUp = epoch + 1;
        _applyChanges(epoch);
        if (_set.length < committeeSize) return;
        for (uint256 drawn = epoch; drawn <= epoch + committeeLag; ++drawn) {
            if (committees[drawn] == 0) _draw(drawn);
        }
    }

    /// floor(2n/3) + 1.
    function _quorum(uint256 members) internal pure returns (uint256) {
        return members * 2 / 3 + 1;
    }

    /// Index of a slot's proposer in its committee.
    function _proposerIndex(uint256 epoch, uint256 slot, bytes32 seed, uint256 members) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(epoch, slot, seed))) % members;
    }

    /// Refuses a signer that is not the slot's proposer.
    /// @param path Siblings from the leaf up, 32 bytes each.
    function _checkProposer(address signer, uint256 slot, bytes32 seed, uint256 members, bytes calldata path) internal view {
        uint256 epoch = _epochOf(slot);
        bytes32 commitment = _commitment(epoch);
        if (members == 0) revert WrongCommittee(epoch);
        uint256 index = _proposerIndex(epoch, slot, seed, members);
        bytes32 node = bytes32(uint256(uint160(signer)));
        assembly ("memory-safe") {
            let end := add(path.offset, path.length)
            for { let at := path.offset } lt(at, end) { at := add(at, 32) } {
                let side := shl(5, and(index, 1))
                mstore(side, node)
                mstore(xor(side, 32), calldataload(at))
                node := keccak256(0, 64)
                index := shr(1, index)
            }
        }

        // A path of the wrong length ends in another hash, for addresses have 12 zero bytes that no hash has.
        if (keccak256(abi.encode(seed, members, node)) != commitment) revert NotProposer(signer, slot);
    }

    /// Refuses a list that is not the epoch's committee.
    function _checkCommittee(uint256 epoch, bytes32 seed, address[] memory members) internal view {
        if (members.length == 0 || members.length > MAX_COMMITTEE || _commit(seed, members) != _commitment(epoch)) {
            revert WrongCommittee(epoch);
        }
    }

    function _commitment(uint256 epoch) private view returns (bytes32 commitment) {
        commitment = committees[epoch];
        if (commitment == 0) revert NoCommittee(epoch);
    }

    function _draw(uint256 epoch) private {
        bytes32 seed = keccak256(abi.encode(epoch, block.prevrandao));
        uint256 count = _set.length;
        uint256 size = committeeSize;
        address[] memory members = new address[](size);
        // Fisher-Yates, only as far as needed. Zero stands for a place that was not touched and still holds its own index.
        uint256[] memory moved = new uint256[](count);
        unchecked {
            for (uint256 i; i < size; ++i) {
                uint256 j = i + uint256(keccak256(abi.encode(seed, i))) % (count - i);
                uint256 chosen = moved[j] == 0 ? j : moved[j] - 1;
                moved[j] = moved[i] == 0 ? i + 1 : moved[i];
                members[i] = _set[chosen];
            }
        }

        bytes32 commitment = _commit(seed, members);
        committees[epoch] = commitment;
        emit CommitteeDrawn(epoch, seed, commitment, members);
    }

    function _commit(bytes32 seed, address[] memory members) private pure returns (bytes32) {
        uint256 width = 1;
        while (width < members.length) width <<= 1;
        bytes32[] memory nodes = new bytes32[](width);
        for (uint256 i; i < members.length; ++i) {
            nodes[i] = bytes32(uint256(uint160(members[i])));
        }

        for (; width > 1; width >>= 1) {
            assembly ("memory-safe") {
                let source := add(nodes, 32)
                let target := source
                let end := add(target, shl(4, width))
                for {} lt(target, end) {} {
                    mstore(target, keccak256(source, 64))
                    target := add(target, 32)
                    source := add(source, 64)
                }
            }
        }

        return keccak256(abi.encode(seed, members.length, nodes[0]));
    }
}
