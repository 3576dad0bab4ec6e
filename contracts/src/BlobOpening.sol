// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Proves single field elements of a blob with the point evaluation precompile (EIP-4844).
library BlobOpening {
    error BadOpening(uint256 element);

    uint256 private constant MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001;
    /// 7^((modulus - 1) / 4096): the generator of the domain over which a blob is a polynomial in evaluation form.
    uint256 private constant ROOT_OF_UNITY = 0x564c0a11a0f704f4fc3e8acfe0f8245f0ad1347b378fbf96e206da11a5d36306;
    address private constant POINT_EVALUATION = address(0x0a);

    /// Refuses a value that is not the blob's field element.
    /// @param element Which one, 0 to 4095.
    /// @param commitment 48 bytes.
    /// @param proof 48 bytes.
    function check(bytes32 versionedHash, uint256 element, bytes32 value, bytes calldata commitment, bytes calldata proof) internal view {
        if (commitment.length != 48 || proof.length != 48) revert BadOpening(element);
        (bool valid,) =
            POINT_EVALUATION.staticcall(abi.encodePacked(versionedHash, _point(element), value, commitment, proof));
        if (!valid) revert BadOpening(element);
    }

    /// The domain's elements stand in bit-reversed order.
    function _point(uint256 element) private pure returns (uint256 point) {
        point = 1;
        uint256 power = ROOT_OF_UNITY;
        for (uint256 bit = 1 << 11; bit != 0; bit >>= 1) {
            if (element & bit != 0) point = mulmod(point, power, MODULUS);
            power = mulmod(power, power, MODULUS);
        }
    }
}
