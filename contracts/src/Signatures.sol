// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// EIP-712 digests with a domain for each kind of message, and strict recovery of compact signatures (EIP-2098).
library Signatures {
    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)");
    bytes32 private constant NAME = keccak256("Preconf Cloud");
    bytes32 private constant VERSION = keccak256("1");
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    /// Domain separator of one kind of message; the salt is the hash of the kind's name.
    function domain(bytes memory kind, uint256 chainId) internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, NAME, VERSION, chainId, address(this), keccak256(kind)));
    }

    function digest(bytes32 domainSeparator, bytes32 structHash) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, hex"1901")
            mstore(add(free, 2), domainSeparator)
            mstore(add(free, 34), structHash)
            result := keccak256(free, 66)
        }
    }

    /// The signer, or zero for a high s, an r that is on no point, and every other bad signature.
    /// @param vs The y parity in the top bit, s below it.
    function recover(bytes32 hash, bytes32 r, bytes32 vs) internal pure returns (address signer) {
        uint256 s = uint256(vs) & ((1 << 255) - 1);
        if (s > HALF_ORDER) {
            return address(0);
        }

        signer = ecrecover(hash, uint8(27 + (uint256(vs) >> 255)), r, bytes32(s));
    }
}
