using Cloud.Execution.Journal;
using Cloud.Execution.Precompiles;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Execution.Evm;

/// <content>Calls and creations.</content>
public sealed unsafe partial class VirtualMachine
{
    private const int DelegationLength = 3 + Address.Length;

    private static ReadOnlySpan<byte> DelegationPrefix => [0xEF, 0x01, 0x00];

    /// <summary>The code that makes an account run the code of another one (EIP-7702).</summary>
    internal static byte[] Delegation(in Address target)
    {
        byte[] code = new byte[DelegationLength];
        DelegationPrefix.CopyTo(code);
        target.CopyTo(code.AsSpan(DelegationPrefix.Length));
        return code;
    }

    /// <summary>Reads a delegation.</summary>
    internal static bool TryReadDelegation(ReadOnlySpan<byte> code, out Address target)
    {
        bool isDelegation = code.Length == DelegationLength && code.StartsWith(DelegationPrefix);
        target = isDelegation ? new Address(code[DelegationPrefix.Length..]) : default;
        return isDelegation;
    }

    private bool TryGetDelegation(JournaledAccount account, out Address target)
    {
        target = default;
        return _rules.HasDelegation && account.HasCode && TryReadDelegation(_state.GetCode(account).Span, out target);
    }

    private Outcome CallFromOutside(in Message message, in Address to, byte* input)
    {
        JournaledAccount target = _state.GetAccount(to);
        JournaledAccount source = target;
        if (TryGetDelegation(target, out Address delegated))
        {
            source = _state.GetAccount(delegated);
            _state.WarmUp(source);
        }

        Frame frame = FrameAt(0);
        frame.Kind = CallKind.Call;
        frame.IsStatic = false;
        frame.Caller = message.Caller;
        frame.CallerWord = Words.Of(message.Caller);
        frame.Value = message.Value;
        frame.Input = input;
        frame.InputLength = message.Input.Length;
        frame.Gas = message.Gas;
        Outcome? done = Begin(frame, target, source, Words.Of(to), _state.GetAccount(message.Caller), message.Value, _stacks);
        return done ?? Run(frame);
    }

    private Outcome CreateFromOutside(in Message message, in Address address, byte* initCode)
    {
        JournaledAccount account = _state.GetAccount(address);
        _state.WarmUp(account);
        Frame frame = FrameAt(0);
        frame.Kind = CallKind.Create;
        frame.IsStatic = false;
        frame.Caller = message.Caller;
        frame.CallerWord = Words.Of(message.Caller);
        frame.Value = message.Value;
        frame.Gas = message.Gas;
        Outcome? done = BeginCreation(frame, account, _state.GetAccount(message.Caller), new ReadOnlySpan<byte>(initCode, message.Input.Length), _stacks);
        return done ?? Run(frame);
    }

    /// <summary>CALL, CALLCODE, DELEGATECALL and STATICCALL. Leaves the result at its place on the stack, or the callee in <c>_callee</c>.</summary>
    private long Call(Frame frame, UInt256* sp, long gas, CallKind kind)
    {
        _callee = null;
        bool takesValue = kind is CallKind.Call or CallKind.CallCode;
        UInt256 value = takesValue ? sp[-3] : default;
        bool sendsValue = !value.IsZero;
        if (sendsValue && kind == CallKind.Call && frame.IsStatic)
        {
            return Halt(HaltReason.WriteProtection);
        }

        // Below the ranges of input and output lies where the result goes: where the last operand was.
        UInt256* ranges = takesValue ? sp - 3 : sp - 2;
        ref UInt256 result = ref ranges[-4];
        ulong inputOffset = ranges[-1].U0;
        ulong inputLength = ranges[-2].U0;
        ulong outputOffset = ranges[-3].U0;
        ulong outputLength = ranges[-4].U0;
        gas = Expand(frame, ranges[-1], ranges[-2], gas);
        if (gas < 0)
        {
            return gas;
        }

        gas = Expand(frame, ranges[-3], ranges[-4], gas);
        if (gas < 0)
        {
            return gas;
        }

        JournaledAccount target = AccessAccount(sp[-2], ref gas);
        JournaledAccount source = target;
        if (TryGetDelegation(target, out Address delegated))
        {
            source = _state.GetAccount(delegated);
            bool wasCold = _state.WarmUp(source) && !_precompiles.Contains(Words.Of(delegated));
            gas -= wasCold ? GasSchedule.ColdAccountAccess : GasSchedule.WarmAccess;
        }

        if (sendsValue)
        {
            gas -= GasSchedule.CallValue;
            if (kind == CallKind.Call && target.IsEmpty)
            {
                gas -= GasSchedule.NewAccount;
            }
        }

        if (gas < 0)
        {
            return OutOfGas();
        }

        // All but one 64th can be passed on (EIP-150).
        long given = gas - (gas / 64);
        if (sp[-1] < (ulong)given)
        {
            given = (long)sp[-1].U0;
        }

        gas -= given;
        given += sendsValue ? GasSchedule.CallStipend : 0;
        _returnData = null;
        _returnLength = 0;
        if (frame.Depth == GasSchedule.MaxCallDepth || (sendsValue && frame.Account.Balance < value))
        {
            result = default;
            return gas + given;
        }

        Frame callee = FrameAt(frame.Depth + 1);
        callee.Kind = kind;
        callee.IsStatic = frame.IsStatic || kind == CallKind.StaticCall;
        callee.Input = frame.Memory + inputOffset;
        callee.InputLength = (int)inputLength;
        callee.ReturnOffset = outputOffset;
        callee.ReturnLength = outputLength;
        callee.Gas = given;
        UInt256 word;
        if (kind == CallKind.DelegateCall)
        {
            callee.Caller = frame.Caller;
            callee.CallerWord = frame.CallerWord;
            callee.Value = frame.Value;
            word = frame.AddressWord;
        }
        else
        {
            callee.Caller = frame.Account.Address;
            callee.CallerWord = frame.AddressWord;
            callee.Value = value;
            word = kind == CallKind.CallCode ? frame.AddressWord : sp[-2] & AddressMask;
        }

        Outcome? done = kind is CallKind.CallCode or CallKind.DelegateCall
            ? Begin(callee, frame.Account, source, word, null, default, ranges - 3, target)
            : Begin(callee, target, source, word, frame.Account, value, ranges - 3);
        if (done is { } outcome)
        {
            result = outcome.Exit == Exit.Success ? UInt256.One : default;
            CopyReturnData(frame, outputOffset, outputLength);
            return gas + outcome.GasLeft;
        }

        _callee = callee;
        return gas;
    }

    private static readonly UInt256 AddressMask = new(ulong.MaxValue, ulong.MaxValue, uint.MaxValue);

    /// <summary>Moves the value and starts the code, if there is any.</summary>
    /// <param name="frame">The frame, with kind, caller, value, input and gas.</param>
    /// <param name="account">Whose state the code works on.</param>
    /// <param name="source">Whose code runs.</param>
    /// <param name="word">The account's address as the stack holds it.</param>
    /// <param name="payer">Who pays <paramref name="value"/> and calls; null where nothing moves.</param>
    /// <param name="value">Wei to move.</param>
    /// <param name="stack">Where the frame's stack starts.</param>
    /// <param name="target">Who is called, where that is not the account.</param>
    /// <returns>The outcome where nothing is left to run, else null.</returns>
    private Outcome? Begin(
        Frame frame, JournaledAccount account, JournaledAccount source, in UInt256 word, JournaledAccount? payer, in UInt256 value, UInt256* stack, JournaledAccount? target = null)
    {
        target ??= account;
        frame.Snapshot = _state.TakeSnapshot();
        frame.GasGiven = frame.Gas;
        frame.Account = account;
        frame.AddressWord = word;
        frame.OutputLength = 0;
        frame.Output = null;
        _tracer?.OnEnter(new CallInfo
        {
            Kind = frame.Kind, Depth = frame.Depth, From = frame.Kind == CallKind.DelegateCall ? account.Address : frame.Caller, To = target.Address,
            Value = frame.Value, Gas = frame.Gas, Input = frame.InputSpan,
        });
        if (!value.IsZero)
        {
            _state.Transfer(payer!, account, value);
        }
        else if (payer is not null)
        {
            _state.Touch(account);
        }

        Exit exit;
        if (_precompiles.Find(target.Address) is { } precompile)
        {
            exit = RunPrecompile(frame, precompile);
        }
        else if (source.HasCode && !(source != target && _precompiles.Find(source.Address) is not null))
        {
            frame.Code = Compiled(source);
            Start(frame, stack);
            return null;
        }
        else
        {
            exit = Exit.Success;
        }

        exit = Finish(frame, exit);
        frame.Release();
        return new Outcome(exit, frame.Gas);
    }

    private static void Start(Frame frame, UInt256* stack)
    {
        CompiledCode code = frame.Code;
        frame.Stream = code.Stream;
        frame.JumpMap = code.JumpMap;
        frame.CodeLength = (ulong)code.Length;
        frame.Ip = code.Stream + CodeCompiler.Entry;
        frame.StackBase = frame.Sp = stack;
        frame.ClearMemory();
    }

    private Exit RunPrecompile(Frame frame, Precompile precompile)
    {
        ReadOnlySpan<byte> input = frame.InputSpan;
        long price = precompile.Gas(input);
        if (price > frame.Gas)
        {
            _halt = HaltReason.OutOfGas;
            return Exit.Halt;
        }

        frame.Gas -= price;
        int room = precompile.OutputRoom(input);
        byte* output = Scratch(room);
        if (!precompile.TryRun(input, new Span<byte>(output, room), out int written))
        {
            _halt = HaltReason.PrecompileFailed;
            return Exit.Halt;
        }

        frame.Output = output;
        frame.OutputLength = written;
        return Exit.Success;
    }

    /// <summary>CREATE and CREATE2. Leaves the result at its place on the stack, or the init code's frame in <c>_callee</c>.</summary>
    private long Create(Frame frame, UInt256* sp, long gas, CallKind kind)
    {
        _callee = null;
        if (frame.IsStatic)
        {
            return Halt(HaltReason.WriteProtection);
        }

        UInt256 value = sp[-1];
        gas = Expand(frame, sp[-2], sp[-3], gas);
        if (gas < 0)
        {
            return gas;
        }

        if (sp[-3] > GasSchedule.MaxInitCodeSize)
        {
            return Halt(HaltReason.InitCodeTooLarge);
        }

        int length = (int)sp[-3].U0;
        int wordPrice = GasSchedule.InitCodeWord + (kind == CallKind.Create2 ? GasSchedule.KeccakWord : 0);
        gas = Charge(gas, wordPrice * GasSchedule.Words(length));
        if (gas < 0)
        {
            return gas;
        }

        UInt256* end = kind == CallKind.Create2 ? sp - 3 : sp - 2;
        ref UInt256 result = ref end[-1];
        UInt256 salt = kind == CallKind.Create2 ? sp[-4] : default;
        long given = gas - (gas / 64);
        gas -= given;
        _returnData = null;
        _returnLength = 0;
        JournaledAccount creator = frame.Account;
        ulong nonce = creator.Nonce;
        if (frame.Depth == GasSchedule.MaxCallDepth || creator.Balance < value || nonce == ulong.MaxValue)
        {
            result = default;
            return gas + given;
        }

        ReadOnlySpan<byte> initCode = length == 0 ? default : new ReadOnlySpan<byte>(frame.Memory + sp[-2].U0, length);
        _state.SetNonce(creator, nonce + 1);
        Address address = kind == CallKind.Create2 ? Create2Address(creator.Address, salt, initCode) : ContractAddress(creator.Address, nonce);
        JournaledAccount account = _state.GetAccount(address);
        _state.WarmUp(account);

        Frame callee = FrameAt(frame.Depth + 1);
        callee.Kind = kind;
        callee.IsStatic = false;
        callee.Caller = creator.Address;
        callee.CallerWord = frame.AddressWord;
        callee.Value = value;
        callee.Gas = given;
        if (BeginCreation(callee, account, creator, initCode, end) is { } outcome)
        {
            result = default;
            return gas + outcome.GasLeft;
        }

        _callee = callee;
        return gas;
    }

    private static Address Create2Address(in Address creator, in UInt256 salt, ReadOnlySpan<byte> initCode)
    {
        Span<byte> preimage = stackalloc byte[1 + Address.Length + UInt256.Length + Hash256.Length];
        preimage[0] = 0xff;
        creator.CopyTo(preimage[1..]);
        salt.WriteBigEndian(preimage[(1 + Address.Length)..]);
        Keccak256.Hash(initCode, preimage[(1 + Address.Length + UInt256.Length)..]);
        Hash256 hash = Keccak256.Hash(preimage);
        return new Address(Hash256.AsSpan(in hash)[12..]);
    }

    /// <summary>Makes the account a contract and starts its init code.</summary>
    /// <returns>The outcome where the address is taken, else null.</returns>
    private Outcome? BeginCreation(Frame frame, JournaledAccount account, JournaledAccount payer, ReadOnlySpan<byte> initCode, UInt256* stack)
    {
        frame.GasGiven = frame.Gas;
        frame.Account = account;
        frame.AddressWord = Words.Of(account.Address);
        frame.Input = null;
        frame.InputLength = 0;
        frame.Output = null;
        frame.OutputLength = 0;
        frame.Snapshot = _state.TakeSnapshot();
        _tracer?.OnEnter(new CallInfo
        {
            Kind = frame.Kind, Depth = frame.Depth, From = frame.Caller, To = account.Address, Value = frame.Value, Gas = frame.Gas, Input = initCode,
        });
        if (_state.IsOccupied(account))
        {
            _halt = HaltReason.AddressCollision;
            Exit exit = Finish(frame, Exit.Halt);
            frame.Release();
            return new Outcome(exit, 0);
        }

        _state.CreateContract(account);
        if (!frame.Value.IsZero)
        {
            _state.Transfer(payer, account, frame.Value);
        }

        // Init code runs once: it is not worth a place in the cache.
        frame.Code = CodeCompiler.Compile(initCode, _rules.Opcodes, _stepwise);
        frame.IsCodeOwned = true;
        Start(frame, stack);
        return null;
    }
}
