// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IProofVerifier} from "./IProofVerifier.sol";

/// What a deployment fixes for ever. There is no owner and no setter: another value means another deployment.
struct Parameters {
    /// Identity of checkpoint 0: the payload hash of the chain's genesis.
    bytes32 genesisHash;
    /// Chain id of the L2, which the committee's signatures are bound to together with the rollup's address.
    uint64 chainId;
    /// Start of slot 0 in seconds since 1970.
    uint64 genesisTime;
    /// Seconds a slot lasts, from 1.
    uint32 slotDuration;
    /// Slots in an epoch, from 1.
    uint32 epochSlots;
    /// Members of a committee, 1 to 128. With fewer validators none is drawn and the chain waits.
    uint32 committeeSize;
    /// A set-up in epoch e draws the committee of epoch e + committeeLag; 1 to 8.
    uint32 committeeLag;
    /// Joins and exits that one set-up applies, from 1.
    uint32 churnLimit;
    /// Slots in which the checkpoint of a slot may be posted, its own first; from 1.
    uint32 inclusionWindow;
    /// Epochs after its own in which an epoch may be proven, from 1.
    uint32 proofWindow;
    /// Places of the checkpoint ring: a power of two above epochSlots * (proofWindow + 2).
    uint32 ringSize;
    /// Wei that a validator deposits.
    uint96 stake;
    /// Part of the stake that an equivocation costs, in basis points.
    uint16 equivocationPenalty;
    /// Part of the stake that a publication with bad attestations costs its proposer, in basis points.
    uint16 publicationPenalty;
    /// Part of a penalty that goes to who proved the fault, in basis points, at most half; the rest is locked for ever.
    uint16 reporterReward;
    /// Seconds between a validator's removal from the set and the release of its stake: at least the time in which it can still be a member.
    uint64 exitDelay;
    /// Judges epoch proofs.
    IProofVerifier verifier;
}
