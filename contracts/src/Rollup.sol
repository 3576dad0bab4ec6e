// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BlobOpening} from "./BlobOpening.sol";
import {Clock} from "./Clock.sol";
import {Committees} from "./Committees.sol";
import {Evidence} from "./Evidence.sol";
import {IProofVerifier} from "./IProofVerifier.sol";
import {Inbox} from "./Inbox.sol";
import {Parameters} from "./Parameters.sol";
import {Signatures} from "./Signatures.sol";
import {ValidatorRegistry} from "./ValidatorRegistry.sol";

/// The chain of checkpoints. A checkpoint is one hash in a ring; what it hashes is in the event and in the blobs.
/// Committee attestations are in the first blob: anyone may show that they are bad as long as the checkpoint is not proven.
contract Rollup is Clock, ValidatorRegistry, Committees, Evidence, Inbox {
    /// A checkpoint as the ring commits to it.
    struct Checkpoint {
        /// Hash of the header, which the committee signs.
        bytes32 payloadHash;
        /// keccak256 of the blobs' versioned hashes, 32 bytes each.
        bytes32 blobsHash;
        uint64 slot;
        /// Messages of the inbox consumed up to here.
        uint64 depositCount;
    }

    /// A field element of the first blob with its proof.
    struct Opening {
        bytes32 value;
        bytes proof;
    }

    /// What shows that a checkpoint's attestations are bad.
    struct Accusation {
        uint64 number;
        Checkpoint checkpoint;
        Checkpoint parent;
        bytes32[] blobHashes;
        bytes32 seed;
        address[] committee;
        /// Of the first blob, 48 bytes.
        bytes commitment;
        /// The member whose attestation is bad; not looked at where the frame is malformed or the signers are too few.
        uint64 member;
        /// Field element 0, and for a bad attestation those that hold it.
        Opening[] openings;
    }

    /// What is read of a checkpoint's header.
    struct Header {
        bytes32 hash;
        uint256 slot;
        bytes32 parent;
        bytes32 inHash;
    }

    enum Fault {
        MalformedFrame,
        TooFewAttestations,
        BadAttestation
    }

    error MalformedHeader();
    error NoBlobs();
    error SlotNotOpen(uint256 slot, uint256 currentSlot);
    error SlotClosed(uint256 slot, uint256 currentSlot);
    error SlotNotAfterTip(uint256 slot, uint256 tipSlot);
    error ParentMismatch(uint256 number);
    error DepositsGoBack(uint256 count, uint256 tipCount);
    error WrongInHash(uint256 count, bytes32 inHash, bytes32 expected);
    error NothingToPrune();
    error NotPending(uint256 number, uint256 provenNumber, uint256 pendingNumber);
    error CheckpointMismatch(uint256 number);
    error BlobHashesMismatch();
    error WrongOpenings(uint256 count, uint256 expected);
    error NoAttestation(uint256 member);
    error AttestationIsGood(uint256 member);
    error EpochMismatch(uint256 slot);
    error ProofWindowClosed(uint256 epoch);
    error ProofRefused(bytes32 statement);

    event CheckpointProposed(uint256 indexed number, bytes32 indexed payloadHash, bytes32 blobsHash, uint64 slot, uint64 depositCount);
    event CheckpointInvalidated(uint256 indexed number, bytes32 indexed payloadHash, Fault fault, address proposer);
    event ChainPruned(uint256 provenNumber, uint256 pendingNumber);
    event EpochProven(uint256 indexed from, uint256 indexed to, bytes32 payloadHash);

    /// Changes with the calldata, the events or the blob format.
    uint256 public constant VERSION = 1;

    // Field element 0 of the first blob: a zero byte, the format's version, the attestations' kind, 12 bytes of the frame, the bitmap of signers (16 bytes).
    uint256 private constant FORMAT_VERSION = 1;
    uint256 private constant ATTESTATION_KIND = 2;
    uint256 private constant USABLE_BYTES = 31;
    uint256 private constant SIGNATURE_BYTES = 64;
    uint256 private constant BASIS_POINTS = 10_000;
    uint256 private constant PUBLICATION_FAULT = 255;
    bytes32 private constant WARM = bytes32(uint256(1));

    uint256 private constant FIELD_MASK = (1 << 40) - 1;

    uint256 public immutable inclusionWindow;
    uint256 public immutable proofWindow;
    uint256 public immutable ringSize;
    uint256 public immutable publicationPenalty;
    IProofVerifier public immutable verifier;
    bytes32 public immutable genesisHash;

    /// 40 bits each from the lowest: pending number, pending slot, pending deposit count, proven number, slot of the oldest unproven checkpoint.
    uint256 private _tips;
    /// 40 bits each: slot and deposit count of the proven checkpoint.
    uint256 private _proven;
    mapping(uint256 => bytes32) private _ring;

    constructor(Parameters memory p) Clock(p) ValidatorRegistry(p) Committees(p) Evidence(p) {
        if (p.inclusionWindow == 0) revert BadParameter("inclusionWindow");
        if (p.proofWindow == 0) revert BadParameter("proofWindow");
        uint256 size = p.ringSize;
        if (size & (size - 1) != 0 || size <= uint256(p.epochSlots) * (uint256(p.proofWindow) + 2)) revert BadParameter("ringSize");
        if (p.publicationPenalty > BASIS_POINTS) revert BadParameter("publicationPenalty");
        if (address(p.verifier).code.length == 0) revert BadParameter("verifier");
        inclusionWindow = p.inclusionWindow;
        proofWindow = p.proofWindow;
        ringSize = size;
        publicationPenalty = p.publicationPenalty;
        verifier = p.verifier;
        genesisHash = p.genesisHash;
        _ring[0] = _hash(p.genesisHash, 0, 0, 0);
        // Without a pending checkpoint this field means nothing: it only spares the first propose the price of a new storage slot.
        _tips = 1 << 160;
    }

    /// Posts the checkpoint whose data the transaction's blobs hold. Anyone may send it: the slot's proposer has signed header and blobs.
    /// @param parentBlobsHash Of the pending tip.
    /// @param r Of the proposer's signature of CheckpointPublication.
    /// @param vs Of the same signature.
    /// @param data The header in RLP; how many messages of the inbox it has consumed with all before it, in 8 bytes; the seed of the epoch's committee;
    /// its number of members in one byte; the proposer's path in the committee's tree.
    function propose(bytes32 parentBlobsHash, bytes32 r, bytes32 vs, bytes calldata data) external {
        (Header memory h, uint256 headerLength) = _readHeader(data);
        bytes calldata tail = data[headerLength:];
        bytes32 blobsHash = _blobsHash();
        _checkSlot(h.slot);
        uint256 tips_ = _prunedTips();
        uint256 number = _checkLink(tips_, h.slot, h.parent, parentBlobsHash);
        uint256 deposits = _word(tail, 0) >> 192;
        _checkDeposits(tips_, deposits, h.inHash);
        _checkProposer(
            Signatures.recover(_publicationDigest(h.slot, h.hash, blobsHash), r, vs), h.slot, bytes32(_word(tail, 8)), uint8(tail[40]), tail[41:]
        );

        uint256 proven = tips_ >> 120 & FIELD_MASK;
        uint256 oldest = number == proven + 1 ? h.slot : tips_ >> 160;
        _ring[number & (ringSize - 1)] = _hash(h.hash, blobsHash, h.slot, deposits);
        _tips = number | h.slot << 40 | deposits << 80 | proven << 120 | oldest << 160;
        emit CheckpointProposed(number, h.hash, blobsHash, uint64(h.slot), uint64(deposits));
    }

    /// Removes a checkpoint whose attestations are bad, and all that follow it; its proposer, who signed the blobs, pays.
    function invalidate(Accusation calldata a) external {
        uint256 tips_ = _tips;
        uint256 number = a.number;
        uint256 proven = tips_ >> 120 & FIELD_MASK;
        if (number <= proven || number > tips_ & FIELD_MASK) revert NotPending(number, proven, tips_ & FIELD_MASK);
        _checkCheckpoint(number, a.checkpoint);
        _checkCheckpoint(number - 1, a.parent);
        if (a.blobHashes.length == 0 || keccak256(abi.encodePacked(a.blobHashes)) != a.checkpoint.blobsHash) revert BlobHashesMismatch();
        uint256 slot = a.checkpoint.slot;
        uint256 epoch = _epochOf(slot);
        _checkCommittee(epoch, a.seed, a.committee);
        Fault fault = _fault(a);
        _tips = (number - 1) | uint256(a.parent.slot) << 40 | uint256(a.parent.depositCount) << 80 | proven << 120 | tips_ >> 160 << 160;
        address proposer = a.committee[_proposerIndex(epoch, slot, a.seed, a.committee.length)];
        emit CheckpointInvalidated(number, a.checkpoint.payloadHash, fault, proposer);
        if (publicationPenalty != 0 && _isRegistered(proposer) && _punish(proposer, PUBLICATION_FAULT, slot)) {
            _slash(proposer, publicationPenalty);
        }
    }

    /// Moves the proven tip: the checkpoints after it up to a number, all of one epoch, are proven.
    /// @param to Number of the last one.
    /// @param last That checkpoint.
    /// @param next The one after it; not looked at where there is none.
    function submitProof(uint256 to, Checkpoint calldata last, Checkpoint calldata next, bytes calldata proof) external {
        uint256 tips_ = _tips;
        uint256 pending = tips_ & FIELD_MASK;
        uint256 proven = tips_ >> 120 & FIELD_MASK;
        if (to <= proven || to > pending) revert NotPending(to, proven, pending);
        uint256 epoch = _epochOf(tips_ >> 160);
        if (currentEpoch() > epoch + proofWindow) revert ProofWindowClosed(epoch);
        _checkCheckpoint(to, last);
        if (_epochOf(last.slot) != epoch) revert EpochMismatch(last.slot);
        uint256 oldest;
        if (to < pending) {
            _checkCheckpoint(to + 1, next);
            oldest = next.slot;
        }

        bytes32 statement = proofStatement(to);
        if (!verifier.verify(statement, proof)) revert ProofRefused(statement);
        _tips = tips_ & ((1 << 120) - 1) | to << 120 | oldest << 160;
        _proven = uint256(last.slot) | uint256(last.depositCount) << 40;
        emit EpochProven(proven + 1, to, last.payloadHash);
    }

    /// What a proof up to a number shows: that every checkpoint after the proven one follows from the one before it by execution of its blobs' data,
    /// and has a quorum of its committee's attestations.
    function proofStatement(uint256 to) public view returns (bytes32) {
        uint256 proven = _tips >> 120 & FIELD_MASK;
        if (to <= proven || to > _tips & FIELD_MASK) revert NotPending(to, proven, _tips & FIELD_MASK);
        bytes32[] memory hashes = new bytes32[](to - proven + 1);
        for (uint256 number = proven; number <= to; ++number) {
            hashes[number - proven] = _ring[number & (ringSize - 1)];
        }

        return keccak256(abi.encode(block.chainid, address(this), proven, to, keccak256(abi.encodePacked(hashes))));
    }

    /// Drops the unproven checkpoints when the window for their proof has passed. The next propose does so by itself.
    function prune() external {
        uint256 before = _tips;
        uint256 pruned = _prunedTips();
        if (pruned == before) revert NothingToPrune();
        _tips = pruned;
    }

    /// The ends of the chain as the contract has them, without a prune that is due. Read at L1's finalized block it gives the finalized checkpoint.
    function tips() external view returns (uint256 pendingNumber, uint256 pendingSlot, uint256 pendingDeposits, uint256 provenNumber, bool pruneDue) {
        uint256 tips_ = _tips;
        return (tips_ & FIELD_MASK, tips_ >> 40 & FIELD_MASK, tips_ >> 80 & FIELD_MASK, tips_ >> 120 & FIELD_MASK, _pruneDue(tips_));
    }

    /// The hash kept for a checkpoint between the proven and the pending one; zero for others.
    function checkpointHash(uint256 number) external view returns (bytes32) {
        uint256 tips_ = _tips;
        return number < tips_ >> 120 & FIELD_MASK || number > tips_ & FIELD_MASK ? bytes32(0) : _ring[number & (ringSize - 1)];
    }

    /// Fills places of the ring that were never used, so that the first round of checkpoints costs as little as the later ones.
    function warmRing(uint256 from, uint256 to) external {
        for (uint256 place = from; place < to && place < ringSize; ++place) {
            if (_ring[place] == 0) _ring[place] = WARM;
        }
    }

    /// Several calls in one transaction, such as an invalidation and the checkpoint that replaces the bad one.
    function multicall(bytes[] calldata calls) external {
        for (uint256 i; i < calls.length; ++i) {
            (bool done, bytes memory result) = address(this).delegatecall(calls[i]);
            if (!done) {
                assembly ("memory-safe") {
                    revert(add(result, 32), mload(result))
                }
            }
        }
    }

    function _checkSlot(uint256 slot) private view {
        uint256 current = currentSlot();
        if (slot > current) revert SlotNotOpen(slot, current);
        unchecked {
            if (current - slot >= inclusionWindow) revert SlotClosed(slot, current);
        }
    }

    /// The number of the checkpoint that extends the tip.
    function _checkLink(uint256 tips_, uint256 slot, bytes32 parent, bytes32 parentBlobsHash) private view returns (uint256) {
        uint256 pending = tips_ & FIELD_MASK;
        uint256 tipSlot = tips_ >> 40 & FIELD_MASK;
        if (slot <= tipSlot && pending != 0) revert SlotNotAfterTip(slot, tipSlot);
        if (_ring[pending & (ringSize - 1)] != _hash(parent, parentBlobsHash, tipSlot, tips_ >> 80 & FIELD_MASK)) revert ParentMismatch(pending);
        return pending + 1;
    }

    function _checkDeposits(uint256 tips_, uint256 deposits, bytes32 inHash) private view {
        uint256 tipDeposits = tips_ >> 80 & FIELD_MASK;
        if (deposits < tipDeposits) revert DepositsGoBack(deposits, tipDeposits);
        bytes32 expected = inHashOf(deposits);
        // Zero stands for no message at all; a count that lies ahead of the inbox has it too.
        if (inHash != expected || (expected == 0 && deposits != 0)) revert WrongInHash(deposits, inHash, expected);
    }

    function _checkCheckpoint(uint256 number, Checkpoint calldata c) private view {
        if (_ring[number & (ringSize - 1)] != _hash(c.payloadHash, c.blobsHash, c.slot, c.depositCount)) revert CheckpointMismatch(number);
    }

    function _pruneDue(uint256 tips_) private view returns (bool) {
        return tips_ & FIELD_MASK != tips_ >> 120 & FIELD_MASK && currentEpoch() > _epochOf(tips_ >> 160) + proofWindow;
    }

    /// The tips after a prune, where one is due.
    function _prunedTips() private returns (uint256 tips_) {
        tips_ = _tips;
        if (_pruneDue(tips_)) {
            uint256 proven = tips_ >> 120 & FIELD_MASK;
            emit ChainPruned(proven, tips_ & FIELD_MASK);
            tips_ = proven | _proven << 40 | proven << 120;
        }
    }

    /// Which fault the openings show; reverts where they show none.
    function _fault(Accusation calldata a) private view returns (Fault) {
        if (a.openings.length == 0) revert WrongOpenings(0, 1);
        uint256 frame = _open(a, 0, 0);
        uint256 bitmap = frame & ((1 << 128) - 1);
        uint256 members = a.committee.length;
        if (frame >> 240 != FORMAT_VERSION || frame >> 232 & 0xff != ATTESTATION_KIND || (members < 128 && bitmap >> members != 0)) {
            return Fault.MalformedFrame;
        }

        if (_popCount(bitmap) < _quorum(members)) return Fault.TooFewAttestations;
        uint256 member = a.member;
        if (member >= members || bitmap >> member & 1 == 0) revert NoAttestation(member);
        uint256 start = _popCount(bitmap & ((1 << member) - 1)) * SIGNATURE_BYTES;
        uint256 first = start / USABLE_BYTES;
        uint256 count = (start + SIGNATURE_BYTES - 1) / USABLE_BYTES - first + 1;
        if (a.openings.length != count + 1) revert WrongOpenings(a.openings.length, count + 1);
        bytes memory area = new bytes(count * USABLE_BYTES + 1);
        for (uint256 i; i < count; ++i) {
            uint256 value = _open(a, i + 1, first + i + 1);
            if (value >> 248 != 0) return Fault.MalformedFrame;
            assembly ("memory-safe") {
                // Each write ends with a byte too many; the next one, or the spare byte at the end, takes it.
                mstore(add(add(area, 32), mul(i, 31)), shl(8, value))
            }
        }

        bytes32 r;
        bytes32 vs;
        assembly ("memory-safe") {
            let at := add(add(area, 32), sub(start, mul(first, 31)))
            r := mload(at)
            vs := mload(add(at, 32))
        }

        bytes32 digest = _attestationDigest(a.checkpoint.slot, ATTESTATION_KIND, a.checkpoint.payloadHash);
        if (Signatures.recover(digest, r, vs) == a.committee[member]) revert AttestationIsGood(member);
        return Fault.BadAttestation;
    }

    function _open(Accusation calldata a, uint256 index, uint256 element) private view returns (uint256) {
        Opening calldata opening = a.openings[index];
        BlobOpening.check(a.blobHashes[0], element, opening.value, a.commitment, opening.proof);
        return uint256(opening.value);
    }

    function _popCount(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) ++count;
    }

    /// Reads slot, parent, firstBlock, chunks, chunksHash, blockHash, stateRoot, inHash from the front of the header's list. It need not find every way in
    /// which the encoding is wrong: the committee signs nothing but correct encodings.
    function _readHeader(bytes calldata data) private pure returns (Header memory h, uint256 length) {
        bool good;
        assembly ("memory-safe") {
            // An integer item at offset p: its value, and the offset after it; a zero offset for anything else.
            function integer(p) -> value, next {
                let word := calldataload(p)
                let prefix := byte(0, word)
                switch lt(prefix, 0x80)
                case 1 {
                    value := prefix
                    next := add(p, 1)
                }
                default {
                    if lt(prefix, 0x89) {
                        let size := sub(prefix, 0x80)
                        value := shr(sub(256, shl(3, size)), shl(8, word))
                        next := add(add(p, 1), size)
                    }
                }
            }

            // A 32-byte item at offset p, the same way.
            function hash(p) -> value, next {
                if eq(byte(0, calldataload(p)), 0xa0) {
                    value := calldataload(add(p, 1))
                    next := add(p, 33)
                }
            }

            let p := data.offset
            let word := calldataload(p)
            let end := 0
            switch byte(0, word)
            case 0xf8 {
                end := add(add(p, 2), byte(1, word))
                p := add(p, 2)
            }
            case 0xf9 {
                end := add(add(p, 3), shr(240, shl(8, word)))
                p := add(p, 3)
            }

            let slot, parent, inHash
            slot, p := integer(p)
            good := gt(p, 0)
            parent, p := hash(p)
            good := and(good, gt(p, 0))
            {
                let skipped
                skipped, p := integer(p)
                good := and(good, gt(p, 0))
                skipped, p := integer(p)
                good := and(good, gt(p, 0))
            }
            inHash, p := hash(add(p, 99))
            good := and(and(good, gt(p, 0)), iszero(gt(p, end)))
            let dataEnd := add(data.offset, data.length)
            // Behind the header: 8 bytes of deposits, 32 of seed, 1 of members.
            good := and(good, iszero(gt(add(end, 41), dataEnd)))
            if good {
                length := sub(end, data.offset)
                let free := mload(0x40)
                calldatacopy(free, data.offset, length)
                mstore(h, keccak256(free, length))
                mstore(add(h, 32), slot)
                mstore(add(h, 64), parent)
                mstore(add(h, 96), inHash)
            }
        }

        if (!good) revert MalformedHeader();
    }

    function _blobsHash() private view returns (bytes32 result) {
        bool none;
        assembly ("memory-safe") {
            let free := mload(0x40)
            let end := free
            for { let i := 0 } 1 { i := add(i, 1) } {
                let hash := blobhash(i)
                if iszero(hash) { break }
                mstore(end, hash)
                end := add(end, 32)
            }
            none := eq(end, free)
            result := keccak256(free, sub(end, free))
        }

        if (none) revert NoBlobs();
    }

    function _hash(bytes32 payloadHash, bytes32 blobsHash, uint256 slot, uint256 deposits) private pure returns (bytes32) {
        return keccak256(abi.encode(payloadHash, blobsHash, slot, deposits));
    }

    function _word(bytes calldata data, uint256 offset) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(add(data.offset, offset))
        }
    }
}
