using Cloud.Execution.Evm;
using Cloud.Execution.Tests.Evm;
using Cloud.Protocol.Primitives;

namespace Cloud.Differential.Tests;

/// <summary>Writes random programs that mostly make sense: the stack has what an instruction takes, memory stays small, loops end. Now and then one does not, so that halts are met, too.</summary>
/// <param name="random">Decides everything.</param>
/// <param name="pickAddress">An account that a program may name.</param>
internal sealed class ProgramGenerator(Random random, Func<Address> pickAddress)
{
    private const int MaxNesting = 3;
    private const int MaxCodeLength = 3_000;

    private static readonly Opcode[] Unary = [Opcode.IsZero, Opcode.Not, Opcode.Clz, Opcode.CallDataLoad];

    private static readonly Opcode[] Binary =
    [
        Opcode.Add, Opcode.Mul, Opcode.Sub, Opcode.Div, Opcode.Sdiv, Opcode.Mod, Opcode.Smod, Opcode.Exp, Opcode.SignExtend, Opcode.Lt, Opcode.Gt, Opcode.Slt, Opcode.Sgt,
        Opcode.Eq, Opcode.And, Opcode.Or, Opcode.Xor, Opcode.Byte, Opcode.Shl, Opcode.Shr, Opcode.Sar,
    ];

    private static readonly Opcode[] Nullary =
    [
        Opcode.Address, Opcode.Origin, Opcode.Caller, Opcode.CallValue, Opcode.CallDataSize, Opcode.CodeSize, Opcode.GasPrice, Opcode.ReturnDataSize, Opcode.Coinbase,
        Opcode.Timestamp, Opcode.Number, Opcode.PrevRandao, Opcode.GasLimit, Opcode.ChainId, Opcode.SelfBalance, Opcode.BaseFee, Opcode.BlobBaseFee, Opcode.Pc, Opcode.MSize,
        Opcode.Gas, Opcode.Push0,
    ];

    private static readonly ulong[] SomeGas = [0, 100, 700, 2300, 5000, 9000, 30_000, 100_000];

    private readonly ref struct Scope(Code code, int nesting)
    {
        public readonly Code Code = code;
        public readonly int Nesting = nesting;
    }

    /// <summary>Code that a contract has.</summary>
    public byte[] Runtime()
    {
        Code code = new();
        int stack = 0;
        Pieces(new Scope(code, 0), ref stack, random.Next(3, 40));
        End(code, ref stack);
        return code;
    }

    /// <summary>Code that creates a contract, or fails to.</summary>
    public byte[] InitCode() => random.Next(20) switch
    {
        0 => Runtime(),
        1 => Returning([0xef, 0x00, 0x01]),
        2 => new Code().Push((UInt256)(ulong)random.Next(24_000, 25_200)).Push(0UL).Op(Opcode.Return),
        3 => [],
        4 => Bytes(random.Next(1, 60)),
        5 => new Code().Push(Value()).Push(Small()).Op(Opcode.SStore).Push(pickAddress()).Op(Opcode.SelfDestruct),
        _ => Constructing(Runtime()),
    };

    /// <summary>Random bytes.</summary>
    public byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A word: small, near a border, or any.</summary>
    public UInt256 Value()
    {
        switch (random.Next(8))
        {
            case 0 or 1 or 2:
                return Small();
            case 3:
                return UInt256.MaxValue - Small();
            case 4:
                return UInt256.FromBigEndian(Bytes(random.Next(1, 32)));
            case 5:
                byte[] power = new byte[32];
                power[random.Next(32)] = (byte)(1 << random.Next(8));
                return UInt256.FromBigEndian(power);
            case 6:
                return UInt256.FromBigEndian(pickAddress().ToArray());
            default:
                return UInt256.FromBigEndian(Bytes(32));
        }
    }

    private UInt256 Small() => (UInt256)(ulong)random.Next(random.Next(4) == 0 ? 300 : 9);

    private Code Place(Code code, int largest = 256) => random.Next(1500) == 0 ? code.Push(Value()) : code.Push((UInt256)(ulong)random.Next(largest));

    private void Pieces(Scope scope, ref int stack, int count)
    {
        int bottom = stack;
        for (int i = 0; i < count && scope.Code.Length < MaxCodeLength; i++)
        {
            Piece(scope, ref stack, bottom);
        }
    }

    private void Piece(Scope scope, ref int stack, int bottom)
    {
        Code code = scope.Code;
        int have = stack - bottom;
        switch (random.Next(104))
        {
            case < 20:
                Operands(code, ref stack, bottom, 2);
                code.Op(Pick(Binary));
                stack--;
                break;
            case < 24:
                Operands(code, ref stack, bottom, 1);
                code.Op(Pick(Unary));
                break;
            case < 27:
                Operands(code, ref stack, bottom, 3);
                code.Op(random.Next(2) == 0 ? Opcode.AddMod : Opcode.MulMod);
                stack -= 2;
                break;
            case < 37:
                code.Op(Pick(Nullary));
                stack++;
                break;
            case < 41:
                code.Push(pickAddress()).Op(Pick([Opcode.Balance, Opcode.ExtCodeSize, Opcode.ExtCodeHash]));
                stack++;
                break;
            case < 42:
                code.Push((UInt256)(ulong)random.Next(6)).Op(Opcode.Number, Opcode.Sub, Opcode.BlockHash);
                stack++;
                break;
            case < 43:
                code.Push(Small()).Op(random.Next(2) == 0 ? Opcode.BlobHash : Opcode.BlockHash);
                stack++;
                break;
            case < 51:
                Memory(code, ref stack, bottom);
                break;
            case < 59:
                Operands(code, ref stack, bottom, 1);
                code.Push(Small()).Op(random.Next(4) == 0 ? Opcode.TStore : Opcode.SStore);
                stack--;
                break;
            case < 65:
                code.Push(random.Next(20) == 0 ? Value() : Small()).Op(random.Next(4) == 0 ? Opcode.TLoad : Opcode.SLoad);
                stack++;
                break;
            case < 69 when have >= 1:
                int reach = random.Next(Math.Min(have, 16));
                code.Op((Opcode)((int)Opcode.Dup1 + reach));
                stack++;
                break;
            case < 72 when have >= 2:
                code.Op((Opcode)((int)Opcode.Swap1 + random.Next(Math.Min(have - 1, 16))));
                break;
            case < 74 when have >= 1:
                code.Op(Opcode.Pop);
                stack--;
                break;
            case < 77:
                int topics = random.Next(5);
                Operands(code, ref stack, bottom, topics);
                code.Push((UInt256)(ulong)random.Next(100));
                Place(code).Op((Opcode)((int)Opcode.Log0 + topics));
                stack -= topics;
                break;
            case < 87:
                Call(code, pickAddress());
                stack++;
                break;
            case < 90:
                Create(code, ref stack);
                break;
            case < 93:
                // All of it, which always works, or a random part, which often does not.
                if (random.Next(5) > 0)
                {
                    code.Op(Opcode.ReturnDataSize, Opcode.Push0);
                    Place(code).Op(Opcode.ReturnDataCopy);
                }
                else
                {
                    code.Push((UInt256)(ulong)random.Next(8)).Push((UInt256)(ulong)random.Next(8));
                    Place(code).Op(Opcode.ReturnDataCopy);
                }

                break;
            case < 96 when scope.Nesting < MaxNesting:
                Loop(scope, ref stack);
                break;
            case < 100 when scope.Nesting < MaxNesting:
                Condition(scope, ref stack);
                break;
            case 100 when random.Next(4) == 0:
                code.Raw((byte)random.Next(256));
                break;
            case 101 when random.Next(4) == 0:
                Operands(code, ref stack, bottom, 1);
                code.Op(Opcode.Jump);
                stack--;
                break;
            case 102 when random.Next(8) == 0:
                // Fills the stack until it overflows or the gas ends.
                code.Op(Opcode.JumpDest, Opcode.Dup1).Push((UInt256)(ulong)(code.Length - 2), 2).Op(Opcode.Jump);
                break;
            default:
                code.Push(Value());
                stack++;
                break;
        }
    }

    /// <summary>Makes sure of so many words, new ones or what is there.</summary>
    private void Operands(Code code, ref int stack, int bottom, int count)
    {
        int missing = Math.Max(0, count - (stack - bottom));
        if (missing == 0 && random.Next(2) == 0)
        {
            missing = random.Next(count + 1);
        }

        for (int i = 0; i < missing; i++)
        {
            code.Push(Value());
            stack++;
        }
    }

    private void Memory(Code code, ref int stack, int bottom)
    {
        switch (random.Next(8))
        {
            case 0 or 1:
                Operands(code, ref stack, bottom, 1);
                Place(code).Op(random.Next(4) == 0 ? Opcode.MStore8 : Opcode.MStore);
                stack--;
                break;
            case 2:
                Place(code).Op(Opcode.MLoad);
                stack++;
                break;
            case 3:
                Place(code, 100);
                Place(code);
                Place(code).Op(Opcode.MCopy);
                break;
            case 4:
                Place(code, 100);
                Place(code);
                Place(code).Op(random.Next(2) == 0 ? Opcode.CallDataCopy : Opcode.CodeCopy);
                break;
            case 5:
                Place(code, 100);
                Place(code);
                Place(code).Push(pickAddress()).Op(Opcode.ExtCodeCopy);
                break;
            default:
                Place(code, 150);
                Place(code).Op(Opcode.Keccak256);
                stack++;
                break;
        }
    }

    private void Call(Code code, Address to)
    {
        Place(code, 100);
        Place(code);
        Place(code, 150);
        Place(code);
        Opcode kind = Pick([Opcode.Call, Opcode.Call, Opcode.Call, Opcode.CallCode, Opcode.DelegateCall, Opcode.DelegateCall, Opcode.StaticCall]);
        if (kind is Opcode.Call or Opcode.CallCode)
        {
            code.Push(random.Next(10) switch { < 6 => UInt256.Zero, < 9 => Small(), _ => Value() });
        }

        CallTarget(code, to);
        code.Op(kind);
    }

    private void CallTarget(Code code, Address to)
    {
        switch (random.Next(20))
        {
            case < 2:
                code.Op(Opcode.Address);
                break;
            case 2:
                code.Op(Opcode.Caller);
                break;
            case < 6:
                code.Push((UInt256)(ulong)(random.Next(20) == 0 ? 0x100 : random.Next(1, 20)));
                break;
            default:
                code.Push(to);
                break;
        }

        if (random.Next(5) < 3)
        {
            code.Op(Opcode.Gas);
        }
        else
        {
            code.Push(random.Next(4) == 0 ? Value() : Pick(SomeGas));
        }
    }

    private void Create(Code code, ref int stack)
    {
        if (random.Next(6) == 0)
        {
            code.Op(Opcode.CodeSize, Opcode.Push0, Opcode.Push0, Opcode.CodeCopy, Opcode.CodeSize, Opcode.Push0);
        }
        else
        {
            byte[] init = random.Next(5) switch
            {
                0 => Bytes(random.Next(1, 33)),
                1 => new Code().Push(Small()).Push(Small()).Op(Opcode.SStore, Opcode.Caller, Opcode.SelfDestruct),
                2 => Returning(new Code().Push(Small()).Op(Opcode.SLoad).Push(1UL).Op(Opcode.Add).Push(Small()).Op(Opcode.SStore)),
                3 => Returning(new Code().Op(Opcode.Caller, Opcode.SelfDestruct)),
                _ => new Code().Push(Value()).Push(0UL).Op(Opcode.MStore).Push((UInt256)(ulong)random.Next(40)).Push(0UL).Op(random.Next(4) == 0 ? Opcode.Revert : Opcode.Return),
            };
            for (int at = 0; at < init.Length; at += 32)
            {
                byte[] word = new byte[32];
                init.AsSpan(at, Math.Min(32, init.Length - at)).CopyTo(word);
                code.Push(UInt256.FromBigEndian(word), 32).Push((UInt256)(ulong)at).Op(Opcode.MStore);
            }

            code.Push((UInt256)(ulong)init.Length).Push(0UL);
        }

        // Size and offset are there. Few salts, so that some addresses are taken.
        UInt256 value = random.Next(4) == 0 ? Small() : UInt256.Zero;
        if (random.Next(2) == 0)
        {
            code.Push(value).Op(Opcode.Create);
        }
        else
        {
            code.Push((UInt256)(ulong)random.Next(3)).Op(Opcode.Swap2, Opcode.Swap1).Push(value).Op(Opcode.Create2);
        }

        stack++;
        if (random.Next(2) == 0)
        {
            // Calls what it has created.
            code.Push(0UL).Push(0UL).Push(0UL).Push(0UL).Push(Small()).Op(Opcode.Dup6, Opcode.Gas, Opcode.Call);
            stack++;
        }
    }

    private void Loop(Scope scope, ref int stack)
    {
        Code code = scope.Code;
        code.Push((UInt256)(ulong)random.Next(1, 12)).Op(Opcode.JumpDest);
        int start = code.Length - 1;
        stack++;
        int inside = stack;
        Pieces(new Scope(code, scope.Nesting + 1), ref stack, random.Next(1, 8));
        Drop(code, ref stack, inside);
        code.Push(1UL).Op(Opcode.Swap1, Opcode.Sub, Opcode.Dup1).Push((UInt256)(ulong)start, 2).Op(Opcode.JumpI);
    }

    private void Condition(Scope scope, ref int stack)
    {
        Code inner = new();
        int inside = 0;
        // The place of the inner code decides its jumps: it has none of its own.
        Pieces(new Scope(inner, MaxNesting), ref inside, random.Next(1, 6));
        if (random.Next(8) == 0)
        {
            End(inner, ref inside);
        }

        Drop(inner, ref inside, 0);
        Code code = scope.Code;
        Operands(code, ref stack, stack, 1);
        code.Push((UInt256)(ulong)(code.Length + 4 + inner.Length), 2).Op(Opcode.JumpI).Raw(inner.Bytes).Op(Opcode.JumpDest);
        stack--;
    }

    private static void Drop(Code code, ref int stack, int to)
    {
        for (; stack > to; stack--)
        {
            code.Op(Opcode.Pop);
        }
    }

    /// <summary>Shows what is on the stack and ends.</summary>
    private void End(Code code, ref int stack)
    {
        for (int i = 0; i < 3 && stack > 0; i++, stack--)
        {
            code.Push((UInt256)(ulong)random.Next(6)).Op(Opcode.SStore);
        }

        if (random.Next(3) == 0)
        {
            code.Op(Opcode.Gas).Push((UInt256)(ulong)random.Next(6)).Op(Opcode.SStore);
        }

        switch (random.Next(24))
        {
            case < 5:
                code.Op(Opcode.Stop);
                break;
            case < 14:
                code.Push((UInt256)(ulong)random.Next(120)).Push((UInt256)(ulong)random.Next(64)).Op(Opcode.Return);
                break;
            case < 19:
                code.Push((UInt256)(ulong)random.Next(120)).Push((UInt256)(ulong)random.Next(64)).Op(Opcode.Revert);
                break;
            case < 21:
                code.Push(pickAddress()).Op(Opcode.SelfDestruct);
                break;
            case 21:
                code.Op(random.Next(2) == 0 ? Opcode.Caller : Opcode.Address, Opcode.SelfDestruct);
                break;
            case 22:
                code.Op(Opcode.Invalid);
                break;
            default:
                break;
        }
    }

    /// <summary>Init code that returns short code as it is.</summary>
    private static byte[] Returning(byte[] runtime)
    {
        Code code = new();
        for (int at = 0; at < runtime.Length; at += 32)
        {
            byte[] word = new byte[32];
            runtime.AsSpan(at, Math.Min(32, runtime.Length - at)).CopyTo(word);
            code.Push(UInt256.FromBigEndian(word), 32).Push((UInt256)(ulong)at).Op(Opcode.MStore);
        }

        return code.Push((UInt256)(ulong)runtime.Length).Push(0UL).Op(Opcode.Return);
    }

    /// <summary>Init code that does something, then returns what follows it.</summary>
    private byte[] Constructing(byte[] runtime)
    {
        Code code = new();
        int stack = 0;
        Pieces(new Scope(code, 0), ref stack, random.Next(4));
        int end = code.Length + 3 + 3 + 1 + 1 + 3 + 1 + 1;
        return code.Push((UInt256)(ulong)runtime.Length, 2).Push((UInt256)(ulong)end, 2).Op(Opcode.Push0, Opcode.CodeCopy)
            .Push((UInt256)(ulong)runtime.Length, 2).Op(Opcode.Push0, Opcode.Return).Raw(runtime);
    }

    private T Pick<T>(ReadOnlySpan<T> from) => from[random.Next(from.Length)];
}
