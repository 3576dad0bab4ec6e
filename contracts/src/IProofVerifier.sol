// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Judges proofs of epochs. An attested prover and a validity proof are the same to the rollup.
interface IProofVerifier {
    /// @param statement Hash of what is claimed, as Rollup.proofStatement gives it.
    /// @param proof Bytes whose meaning is the verifier's own.
    /// @return Whether the proof shows the statement. Must not revert for bad proofs.
    function verify(bytes32 statement, bytes calldata proof) external view returns (bool);
}
