// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Committees} from "./Committees.sol";
import {Parameters} from "./Parameters.sol";
import {Signatures} from "./Signatures.sol";

/// Equivocation: two messages of one kind and one position, signed by one validator, that say different things. The two signatures are the whole proof.
abstract contract Evidence is Committees {
    /// What two messages must have in common. Fields that the kind lacks are zero.
    struct Position {
        uint8 kind;
        uint64 slot;
        /// Of chunk attestations: who produced the chunk.
        address producer;
        /// Index of the chunk in the slot; not of messages about checkpoints.
        uint32 chunk;
        /// Index of a flashblock in its chunk.
        uint32 index;
        /// Of attestations.
        uint8 attestationKind;
    }

    struct SignedMessage {
        bytes32 payloadHash;
        /// Of publications; zero for others.
        bytes32 blobsHash;
        bytes32 r;
        bytes32 vs;
    }

    error SamePayload(bytes32 payloadHash);
    error DifferentSigners(address first, address second);
    error UnknownValidator(address signer);
    error AlreadyPunished(address validator, uint256 slot);
    error BadPosition();
    error UnknownKind(uint8 kind);

    event EquivocationProven(address indexed validator, uint8 indexed kind, uint64 indexed slot, bytes32 first, bytes32 second);

    // Numbers of the kinds in every encoding of the protocol.
    uint8 private constant FLASHBLOCK = 1;
    uint8 private constant CHUNK_PROPOSAL = 2;
    uint8 private constant CHECKPOINT_PROPOSAL = 3;
    uint8 private constant CHUNK_ATTESTATION = 4;
    uint8 private constant CHECKPOINT_ATTESTATION = 5;
    uint8 private constant CHECKPOINT_PUBLICATION = 9;

    bytes32 private constant FLASHBLOCK_TYPE = keccak256("Flashblock(uint64 slot,uint32 chunk,uint32 index,bytes32 payloadHash)");
    bytes32 private constant CHUNK_PROPOSAL_TYPE = keccak256("ChunkProposal(uint64 slot,uint32 index,bytes32 payloadHash)");
    bytes32 private constant CHECKPOINT_PROPOSAL_TYPE = keccak256("CheckpointProposal(uint64 slot,bytes32 payloadHash)");
    bytes32 private constant CHUNK_ATTESTATION_TYPE = keccak256("ChunkAttestation(uint64 slot,address producer,uint32 index,uint8 kind,bytes32 payloadHash)");
    bytes32 private constant CHECKPOINT_ATTESTATION_TYPE = keccak256("CheckpointAttestation(uint64 slot,uint8 kind,bytes32 payloadHash)");
    bytes32 private constant PUBLICATION_TYPE = keccak256("CheckpointPublication(uint64 slot,bytes32 payloadHash,bytes32 blobsHash)");
    uint256 private constant BASIS_POINTS = 10_000;

    uint256 public immutable equivocationPenalty;
    bytes32 private immutable _flashblockDomain;
    bytes32 private immutable _chunkProposalDomain;
    bytes32 private immutable _checkpointProposalDomain;
    bytes32 private immutable _chunkAttestationDomain;
    bytes32 private immutable _checkpointAttestationDomain;
    bytes32 private immutable _publicationDomain;

    /// Faults that were paid for, by keccak256(abi.encode(validator, fault, slot)).
    mapping(bytes32 => bool) private _punished;

    constructor(Parameters memory p) {
        if (p.equivocationPenalty > BASIS_POINTS) revert BadParameter("equivocationPenalty");
        equivocationPenalty = p.equivocationPenalty;
        _flashblockDomain = Signatures.domain("Flashblock", p.chainId);
        _chunkProposalDomain = Signatures.domain("ChunkProposal", p.chainId);
        _checkpointProposalDomain = Signatures.domain("CheckpointProposal", p.chainId);
        _chunkAttestationDomain = Signatures.domain("ChunkAttestation", p.chainId);
        _checkpointAttestationDomain = Signatures.domain("CheckpointAttestation", p.chainId);
        _publicationDomain = Signatures.domain("CheckpointPublication", p.chainId);
    }

    /// Slashes the signer of two contradictory messages at once. One kind and slot costs once: a fork at one index forces forks at the next ones.
    function slashEquivocation(Position calldata position, SignedMessage calldata first, SignedMessage calldata second) external {
        if (first.payloadHash == second.payloadHash) revert SamePayload(first.payloadHash);
        address signer = Signatures.recover(_digest(position, first), first.r, first.vs);
        address other = Signatures.recover(_digest(position, second), second.r, second.vs);
        if (signer == address(0) || other == address(0)) revert BadSignature();
        if (signer != other) revert DifferentSigners(signer, other);
        if (!_isRegistered(signer)) revert UnknownValidator(signer);
        if (!_punish(signer, position.kind, position.slot)) revert AlreadyPunished(signer, position.slot);
        emit EquivocationProven(signer, position.kind, position.slot, first.payloadHash, second.payloadHash);
        _slash(signer, equivocationPenalty);
    }

    /// Remembers a fault; false where it is known already.
    function _punish(address validator, uint256 fault, uint256 slot) internal returns (bool) {
        bytes32 key = keccak256(abi.encode(validator, fault, slot));
        if (_punished[key]) return false;
        _punished[key] = true;
        return true;
    }

    function _publicationDigest(uint256 slot, bytes32 payloadHash, bytes32 blobsHash) internal view returns (bytes32) {
        return Signatures.digest(_publicationDomain, keccak256(abi.encode(PUBLICATION_TYPE, slot, payloadHash, blobsHash)));
    }

    function _attestationDigest(uint256 slot, uint256 kind, bytes32 payloadHash) internal view returns (bytes32) {
        return Signatures.digest(_checkpointAttestationDomain, keccak256(abi.encode(CHECKPOINT_ATTESTATION_TYPE, slot, kind, payloadHash)));
    }

    function _digest(Position calldata p, SignedMessage calldata m) private view returns (bytes32) {
        uint8 kind = p.kind;
        bool attests = kind == CHUNK_ATTESTATION || kind == CHECKPOINT_ATTESTATION;
        // One position has one spelling, so that a fault has one key.
        if (
            (p.producer != address(0) && kind != CHUNK_ATTESTATION) || (p.index != 0 && kind != FLASHBLOCK) || (p.attestationKind != 0 && !attests)
                || (m.blobsHash != 0 && kind != CHECKPOINT_PUBLICATION)
                || (p.chunk != 0 && kind != FLASHBLOCK && kind != CHUNK_PROPOSAL && kind != CHUNK_ATTESTATION)
        ) revert BadPosition();
        if (kind == FLASHBLOCK) {
            return Signatures.digest(_flashblockDomain, keccak256(abi.encode(FLASHBLOCK_TYPE, p.slot, p.chunk, p.index, m.payloadHash)));
        }

        if (kind == CHUNK_PROPOSAL) {
            return Signatures.digest(_chunkProposalDomain, keccak256(abi.encode(CHUNK_PROPOSAL_TYPE, p.slot, p.chunk, m.payloadHash)));
        }

        if (kind == CHECKPOINT_PROPOSAL) {
            return Signatures.digest(_checkpointProposalDomain, keccak256(abi.encode(CHECKPOINT_PROPOSAL_TYPE, p.slot, m.payloadHash)));
        }

        if (kind == CHUNK_ATTESTATION) {
            bytes32 structHash = keccak256(abi.encode(CHUNK_ATTESTATION_TYPE, p.slot, p.producer, p.chunk, p.attestationKind, m.payloadHash));
            return Signatures.digest(_chunkAttestationDomain, structHash);
        }

        if (kind == CHECKPOINT_ATTESTATION) return _attestationDigest(p.slot, p.attestationKind, m.payloadHash);
        if (kind == CHECKPOINT_PUBLICATION) return _publicationDigest(p.slot, m.payloadHash, m.blobsHash);
        revert UnknownKind(kind);
    }
}
