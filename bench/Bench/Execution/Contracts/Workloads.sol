// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

// Workloads in the shape of the usual EVM benchmarks, written for this repository. Workloads.json holds their compiled runtime code;
// "./bench/Bench/Execution/Contracts/compile.sh" makes it anew.

contract Token {
    event Transfer(address indexed from, address indexed to, uint256 value);

    mapping(address => uint256) public balanceOf;
    uint256 public totalSupply;

    function transfer(address to, uint256 value) public returns (bool) {
        require(to != address(0), "receiver");
        uint256 balance = balanceOf[msg.sender];
        require(balance >= value, "balance");
        unchecked {
            balanceOf[msg.sender] = balance - value;
            balanceOf[to] += value;
        }
        emit Transfer(msg.sender, to, value);
        return true;
    }

    function mint(address to, uint256 value) public {
        require(to != address(0), "receiver");
        totalSupply += value;
        balanceOf[to] += value;
        emit Transfer(address(0), to, value);
    }
}

contract TokenTransfers is Token {
    function run(uint256 count) external {
        mint(msg.sender, 1e24);
        for (uint256 i = 1; i <= count; i++) {
            transfer(address(uint160(i & 63) + 1), i);
        }
    }
}

contract TokenMints is Token {
    function run(uint256 count) external {
        for (uint256 i = 1; i <= count; i++) {
            mint(address(uint160(i)), i);
        }
    }
}

contract TokenCalls is Token {
    function run(uint256 count) external {
        mint(address(this), 1e24);
        for (uint256 i = 1; i <= count; i++) {
            this.transfer(address(uint160(i & 63) + 1), i);
        }
    }
}

contract Hashes {
    function run(uint256 count) external pure returns (bytes32 hash) {
        for (uint256 i = 0; i < count; i++) {
            hash = keccak256(abi.encodePacked(hash, i));
        }
    }
}

// Rays through a pixel grid at spheres over a plane, with one bounce, in fixed point of 18 decimals.
contract RayTracer {
    int256 private constant ONE = 1e18;

    struct Vector {
        int256 x;
        int256 y;
        int256 z;
    }

    struct Sphere {
        Vector centre;
        int256 radius;
        int256 albedo;
    }

    function run(uint256 side) external pure returns (int256 checksum) {
        Sphere[] memory spheres = new Sphere[](4);
        for (uint256 i = 0; i < 4; i++) {
            int256 n = int256(i);
            spheres[i] = Sphere(Vector((2 * n - 3) * ONE, ONE, (4 + n) * ONE), ONE, ONE / (n + 2));
        }
        for (uint256 y = 0; y < side; y++) {
            for (uint256 x = 0; x < side; x++) {
                Vector memory direction = normal(
                    Vector((int256(2 * x) - int256(side)) * ONE / int256(side), (int256(side) - int256(2 * y)) * ONE / int256(side), ONE)
                );
                checksum = checksum * 31 % 1e36 + trace(spheres, Vector(0, ONE, 0), direction, 0);
            }
        }
    }

    function trace(Sphere[] memory spheres, Vector memory origin, Vector memory direction, uint256 depth) private pure returns (int256) {
        int256 nearest = type(int128).max;
        uint256 hit = type(uint256).max;
        for (uint256 i = 0; i < spheres.length; i++) {
            int256 distance = intersect(spheres[i], origin, direction);
            if (distance > ONE / 1000 && distance < nearest) {
                nearest = distance;
                hit = i;
            }
        }
        if (hit == type(uint256).max) {
            if (direction.y < 0) {
                int256 t = origin.y * ONE / -direction.y;
                int256 square = (origin.x + t * direction.x / ONE) / ONE + (origin.z + t * direction.z / ONE) / ONE;
                return square % 2 == 0 ? ONE / 5 : ONE * 4 / 5;
            }
            return ONE / 2 + direction.y / 2;
        }
        Vector memory point = add(origin, scale(direction, nearest));
        Vector memory outward = normal(sub(point, spheres[hit].centre));
        int256 light = dot(outward, Vector(ONE * 3 / 5, ONE * 4 / 5, 0));
        int256 shade = light > 0 ? light * spheres[hit].albedo / ONE : int256(0);
        if (depth < 2) {
            Vector memory reflected = sub(direction, scale(outward, 2 * dot(direction, outward)));
            shade += trace(spheres, point, reflected, depth + 1) / 3;
        }
        return shade;
    }

    function intersect(Sphere memory sphere, Vector memory origin, Vector memory direction) private pure returns (int256) {
        Vector memory offset = sub(origin, sphere.centre);
        int256 b = dot(offset, direction);
        int256 c = dot(offset, offset) - sphere.radius * sphere.radius / ONE;
        int256 discriminant = b * b / ONE - c;
        return discriminant < 0 ? int256(-1) : -b - root(discriminant);
    }

    function dot(Vector memory a, Vector memory b) private pure returns (int256) {
        return (a.x * b.x + a.y * b.y + a.z * b.z) / ONE;
    }

    function add(Vector memory a, Vector memory b) private pure returns (Vector memory) {
        return Vector(a.x + b.x, a.y + b.y, a.z + b.z);
    }

    function sub(Vector memory a, Vector memory b) private pure returns (Vector memory) {
        return Vector(a.x - b.x, a.y - b.y, a.z - b.z);
    }

    function scale(Vector memory a, int256 by) private pure returns (Vector memory) {
        return Vector(a.x * by / ONE, a.y * by / ONE, a.z * by / ONE);
    }

    function normal(Vector memory a) private pure returns (Vector memory) {
        int256 length = root(dot(a, a));
        return Vector(a.x * ONE / length, a.y * ONE / length, a.z * ONE / length);
    }

    function root(int256 value) private pure returns (int256) {
        if (value <= 0) {
            return 0;
        }
        uint256 scaled = uint256(value) * uint256(ONE);
        uint256 guess = scaled;
        uint256 next = (scaled + 1) / 2;
        while (next < guess) {
            guess = next;
            next = (scaled / guess + guess) / 2;
        }
        return int256(guess);
    }
}

contract Storage {
    mapping(uint256 => uint256) private _values;

    function run(uint256 count) external returns (uint256 sum) {
        for (uint256 i = 0; i < count; i++) {
            _values[i] = i + 1;
        }
        for (uint256 round = 0; round < 4; round++) {
            for (uint256 i = 0; i < count; i++) {
                sum += _values[i * 7 % count];
            }
        }
    }
}

contract Sorting {
    function run(uint256 count) external pure returns (uint256 middle) {
        uint256[] memory values = new uint256[](count);
        uint256 seed = 12345;
        for (uint256 i = 0; i < count; i++) {
            seed = (seed * 6364136223846793005 + 1442695040888963407) & type(uint64).max;
            values[i] = seed >> 20;
        }
        sort(values, 0, int256(count) - 1);
        middle = values[count / 2];
    }

    function sort(uint256[] memory values, int256 left, int256 right) private pure {
        int256 i = left;
        int256 j = right;
        if (i >= j) {
            return;
        }
        uint256 pivot = values[uint256(left + (right - left) / 2)];
        while (i <= j) {
            while (values[uint256(i)] < pivot) {
                i++;
            }
            while (pivot < values[uint256(j)]) {
                j--;
            }
            if (i <= j) {
                (values[uint256(i)], values[uint256(j)]) = (values[uint256(j)], values[uint256(i)]);
                i++;
                j--;
            }
        }
        sort(values, left, j);
        sort(values, i, right);
    }
}

// Powers modulo a prime of 256 bits: MULMOD and ADDMOD.
contract Modular {
    uint256 private constant P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff;

    function run(uint256 count) external pure returns (uint256 result) {
        result = 7;
        for (uint256 i = 0; i < count; i++) {
            uint256 base = addmod(result, i, P);
            result = 1;
            for (uint256 exponent = P - 2; exponent > 0; exponent >>= 1) {
                if (exponent & 1 == 1) {
                    result = mulmod(result, base, P);
                }
                base = mulmod(base, base, P);
            }
        }
    }
}
