using Cloud.Execution.State;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Tests.State;

/// <summary>Change sets over a few accounts and slots, so that they meet.</summary>
internal static class RandomChanges
{
    public const int AddressCount = 60;
    public const int SlotCount = 40;

    public static Address AddressAt(int i)
    {
        byte[] bytes = new byte[20];
        bytes[19] = (byte)i;
        return new Address(bytes);
    }

    public static StateChanges Make(Random random, PlainState state)
    {
        StateChanges changes = new();
        for (int i = random.Next(0, 12); i > 0; i--)
        {
            Address address = AddressAt(random.Next(AddressCount));
            bool exists = state.Accounts.TryGetValue(address, out Account old);
            AccountChange change = changes.For(in address);
            if (exists && random.Next(8) == 0)
            {
                change.After = null;
                change.StorageCleared = random.Next(2) == 0;
                change.Storage = null;
                continue;
            }

            Hash256 codeHash = exists ? old.CodeHash : Keccak256.OfEmpty;
            if (random.Next(10) == 0)
            {
                byte[] code = BitConverter.GetBytes(random.Next(5));
                codeHash = Keccak256.Hash(code);
                changes.Code[codeHash] = code;
            }

            change.After = new Account(random.Next(3) == 0 ? (ulong)random.NextInt64() : old.Nonce + 1, new UInt256((ulong)random.Next(3), (ulong)random.Next(2)), codeHash);
            change.StorageCleared |= random.Next(12) == 0;
            if (random.Next(2) == 0)
            {
                change.Storage = [];
                for (int k = random.Next(1, 15); k > 0; k--)
                {
                    change.Storage[(ulong)random.Next(SlotCount)] = random.Next(3) == 0 ? UInt256.Zero : new UInt256((ulong)random.Next(1, 300), 0, 0, (ulong)random.Next(2));
                }
            }
        }

        return changes;
    }
}
