// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Clock} from "./Clock.sol";
import {Parameters} from "./Parameters.sol";
import {Signatures} from "./Signatures.sol";

/// Validators and their stake. From genesis on joins and exits wait in a queue and take effect in the first set-up of a later epoch:
/// who changes the set cannot know the randomness that the committee will be drawn with.
abstract contract ValidatorRegistry is Clock {
    enum Status {
        None,
        Queued,
        Active,
        Exiting
    }

    struct Validator {
        address withdrawer;
        uint96 stake;
        /// Place in the set, counted from 1; 0 for outside.
        uint32 position;
        /// When the stake may be withdrawn, in seconds since 1970; 0 while the validator is in the set or on its way into it.
        uint64 withdrawableAt;
        Status status;
    }

    struct Change {
        address validator;
        uint64 epoch;
        bool join;
    }

    error WrongStake(uint256 sent, uint256 required);
    error BadSignature();
    error ZeroWithdrawer();
    error AlreadyRegistered(address validator);
    error NotWithdrawer(address caller, address withdrawer);
    error NotActive(address validator);
    error NotWithdrawable(address validator, uint256 withdrawableAt);
    error TransferFailed(address to);

    event ValidatorRegistered(address indexed validator, address indexed withdrawer, uint256 stake);
    event ValidatorActivated(address indexed validator);
    event ValidatorExiting(address indexed validator);
    event ValidatorRemoved(address indexed validator, uint256 withdrawableAt);
    event StakeWithdrawn(address indexed validator, address indexed withdrawer, uint256 amount);
    event ValidatorSlashed(address indexed validator, address indexed reporter, uint256 amount, uint256 reward);

    uint256 private constant BASIS_POINTS = 10_000;
    bytes32 private constant REGISTRATION_TYPE = keccak256("ValidatorRegistration(address withdrawer)");

    uint256 public immutable requiredStake;
    uint256 public immutable churnLimit;
    uint256 public immutable reporterReward;
    uint256 public immutable exitDelay;
    bytes32 private immutable _registrationDomain;

    mapping(address => Validator) public validators;
    address[] internal _set;
    Change[] private _changes;
    uint256 private _appliedChanges;

    constructor(Parameters memory p) {
        if (p.stake == 0) revert BadParameter("stake");
        if (p.churnLimit == 0) revert BadParameter("churnLimit");
        if (p.reporterReward > BASIS_POINTS / 2) revert BadParameter("reporterReward");
        uint256 duties = (uint256(p.committeeLag) + p.proofWindow + 2) * p.epochSlots * p.slotDuration;
        if (p.exitDelay < duties) revert BadParameter("exitDelay");
        requiredStake = p.stake;
        churnLimit = p.churnLimit;
        reporterReward = p.reporterReward;
        exitDelay = p.exitDelay;
        _registrationDomain = Signatures.domain("ValidatorRegistration", p.chainId);
    }

    /// Registers the validator whose key signed the withdrawer's address; the stake goes back to the withdrawer and to nobody else.
    function register(address withdrawer, bytes32 r, bytes32 vs) external payable {
        if (msg.value != requiredStake) revert WrongStake(msg.value, requiredStake);
        if (withdrawer == address(0)) revert ZeroWithdrawer();
        bytes32 structHash = keccak256(abi.encode(REGISTRATION_TYPE, withdrawer));
        address validator = Signatures.recover(Signatures.digest(_registrationDomain, structHash), r, vs);
        if (validator == address(0)) revert BadSignature();
        Validator storage v = validators[validator];
        if (v.status != Status.None) revert AlreadyRegistered(validator);
        v.withdrawer = withdrawer;
        v.stake = uint96(msg.value);
        v.status = Status.Queued;
        emit ValidatorRegistered(validator, withdrawer, msg.value);
        _change(validator, true);
    }

    /// Begins the exit of an active validator.
    function requestExit(address validator) external {
        Validator storage v = validators[validator];
        if (msg.sender != v.withdrawer) revert NotWithdrawer(msg.sender, v.withdrawer);
        if (v.status != Status.Active) revert NotActive(validator);
        _beginExit(validator, v);
    }

    /// Releases what is left of the stake once the exit delay is over.
    function withdrawStake(address validator) external {
        Validator storage v = validators[validator];
        uint256 withdrawableAt = v.withdrawableAt;
        if (withdrawableAt == 0 || block.timestamp < withdrawableAt) revert NotWithdrawable(validator, withdrawableAt);
        address withdrawer = v.withdrawer;
        uint256 amount = v.stake;
        delete validators[validator];
        emit StakeWithdrawn(validator, withdrawer, amount);
        _send(withdrawer, amount);
    }

    function validatorCount() external view returns (uint256) {
        return _set.length;
    }

    function validatorAt(uint256 index) external view returns (address) {
        return _set[index];
    }

    /// Joins and exits that wait for a set-up.
    function pendingChanges() external view returns (uint256) {
        return _changes.length - _appliedChanges;
    }

    /// Applies changes that were queued in an epoch before the given one, oldest first, at most the churn limit.
    function _applyChanges(uint256 epoch) internal {
        uint256 next = _appliedChanges;
        uint256 end = _changes.length;
        uint256 limit = next + churnLimit;
        if (end > limit) end = limit;
        uint256 first = next;
        for (; next < end; ++next) {
            Change memory change = _changes[next];
            if (change.epoch >= epoch) break;
            _apply(change.validator, change.join);
        }

        if (next != first) _appliedChanges = next;
    }

    /// Takes basis points of the required stake, or what is left, and starts the exit. Part of it goes to the caller, the rest stays locked here.
    function _slash(address validator, uint256 penalty) internal {
        Validator storage v = validators[validator];
        uint256 amount = requiredStake * penalty / BASIS_POINTS;
        if (amount > v.stake) amount = v.stake;
        uint256 reward = amount * reporterReward / BASIS_POINTS;
        v.stake -= uint96(amount);
        emit ValidatorSlashed(validator, msg.sender, amount, reward);
        if (v.status == Status.Queued || v.status == Status.Active) _beginExit(validator, v);
        if (reward != 0) _send(msg.sender, reward);
    }

    function _isRegistered(address validator) internal view returns (bool) {
        return validators[validator].status != Status.None;
    }

    function _beginExit(address validator, Validator storage v) private {
        v.status = Status.Exiting;
        emit ValidatorExiting(validator);
        _change(validator, false);
    }

    function _change(address validator, bool join) private {
        if (block.timestamp < genesisTime) {
            _apply(validator, join);
        } else {
            _changes.push(Change(validator, uint64(currentEpoch()), join));
        }
    }

    function _apply(address validator, bool join) private {
        Validator storage v = validators[validator];
        if (join) {
            _set.push(validator);
            v.position = uint32(_set.length);
            if (v.status == Status.Queued) v.status = Status.Active;
            emit ValidatorActivated(validator);
            return;
        }

        uint256 index = v.position - 1;
        uint256 last = _set.length - 1;
        if (index != last) {
            address moved = _set[last];
            _set[index] = moved;
            validators[moved].position = uint32(index + 1);
        }

        _set.pop();
        v.position = 0;
        v.withdrawableAt = uint64(block.timestamp + exitDelay);
        emit ValidatorRemoved(validator, v.withdrawableAt);
    }

    function _send(address to, uint256 amount) private {
        (bool sent,) = to.call{value: amount}("");
        if (!sent) revert TransferFailed(to);
    }
}
