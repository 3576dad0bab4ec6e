// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofVerifier} from "./IProofVerifier.sol";
import {Signatures} from "./Signatures.sol";

/// Takes an epoch as proven when enough of the provers, fixed at deployment, signed the statement.
/// A proof is a 32-byte bitmap of the signers and their compact signatures (EIP-2098) in the order of the bits.
contract AttestedVerifier is IProofVerifier {
    error BadProvers();

    bytes32 private constant STATEMENT_TYPE = keccak256("EpochProof(bytes32 statement)");

    uint256 public immutable threshold;
    bytes32 private immutable _domain;
    address[] public provers;

    constructor(address[] memory provers_, uint256 threshold_) {
        if (threshold_ == 0 || threshold_ > provers_.length || provers_.length > 256) revert BadProvers();
        for (uint256 i; i < provers_.length; ++i) {
            if (provers_[i] == address(0)) revert BadProvers();
            for (uint256 j; j < i; ++j) {
                if (provers_[i] == provers_[j]) revert BadProvers();
            }
        }

        provers = provers_;
        threshold = threshold_;
        _domain = Signatures.domain("EpochProof", block.chainid);
    }

    /// What a prover signs.
    function digest(bytes32 statement) public view returns (bytes32) {
        return Signatures.digest(_domain, keccak256(abi.encode(STATEMENT_TYPE, statement)));
    }

    /// @inheritdoc IProofVerifier
    function verify(bytes32 statement, bytes calldata proof) external view returns (bool) {
        if (proof.length < 32 + 64 * threshold || (proof.length - 32) % 64 != 0) return false;
        uint256 bitmap = uint256(bytes32(proof[:32]));
        bytes32 hash = digest(statement);
        uint256 offset = 32;
        uint256 count = provers.length;
        for (uint256 i; i < count; ++i) {
            if (bitmap >> i & 1 == 0) continue;
            if (offset == proof.length) return false;
            if (Signatures.recover(hash, bytes32(proof[offset:offset + 32]), bytes32(proof[offset + 32:offset + 64])) != provers[i]) return false;
            offset += 64;
        }

        return offset == proof.length && (count == 256 || bitmap >> count == 0);
    }
}
