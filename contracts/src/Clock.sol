// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parameters} from "./Parameters.sol";

/// Slots and epochs as functions of the block's time.
abstract contract Clock {
    error BadParameter(string name);
    error BeforeGenesis(uint256 genesisTime);

    uint256 public immutable genesisTime;
    uint256 public immutable slotDuration;
    uint256 public immutable epochSlots;

    constructor(Parameters memory p) {
        if (p.slotDuration == 0) revert BadParameter("slotDuration");
        if (p.epochSlots == 0) revert BadParameter("epochSlots");
        genesisTime = p.genesisTime;
        slotDuration = p.slotDuration;
        epochSlots = p.epochSlots;
    }

    function currentSlot() public view returns (uint256) {
        if (block.timestamp < genesisTime) revert BeforeGenesis(genesisTime);
        unchecked {
            return (block.timestamp - genesisTime) / slotDuration;
        }
    }

    function currentEpoch() public view returns (uint256) {
        return _epochOf(currentSlot());
    }

    function _epochOf(uint256 slot) internal view returns (uint256) {
        return slot / epochSlots;
    }
}
