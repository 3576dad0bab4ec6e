namespace Cloud.Execution.Evm;

/// <summary>Stack effect and static price of each opcode under one fork's rules: the one place where these stand.</summary>
internal sealed class OpcodeTable
{
    private readonly OpcodeInfo[] _infos = new OpcodeInfo[256];

    public OpcodeTable(ForkRules rules)
    {
        Array.Fill(_infos, new OpcodeInfo(0, 0, 0, OpcodeFlow.Ends, IsDefined: false));

        Define(Opcode.Stop, 0, 0, 0, OpcodeFlow.Ends);
        Define(Opcode.Add, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Mul, 2, 1, GasSchedule.Low);
        Define(Opcode.Sub, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Div, 2, 1, GasSchedule.Low);
        Define(Opcode.Sdiv, 2, 1, GasSchedule.Low);
        Define(Opcode.Mod, 2, 1, GasSchedule.Low);
        Define(Opcode.Smod, 2, 1, GasSchedule.Low);
        Define(Opcode.AddMod, 3, 1, GasSchedule.Mid);
        Define(Opcode.MulMod, 3, 1, GasSchedule.Mid);
        Define(Opcode.Exp, 2, 1, GasSchedule.Exp);
        Define(Opcode.SignExtend, 2, 1, GasSchedule.Low);

        Define(Opcode.Lt, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Gt, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Slt, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Sgt, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Eq, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.IsZero, 1, 1, GasSchedule.VeryLow);
        Define(Opcode.And, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Or, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Xor, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Not, 1, 1, GasSchedule.VeryLow);
        Define(Opcode.Byte, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Shl, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Shr, 2, 1, GasSchedule.VeryLow);
        Define(Opcode.Sar, 2, 1, GasSchedule.VeryLow);
        if (rules.HasCountLeadingZeros)
        {
            Define(Opcode.Clz, 1, 1, GasSchedule.Low);
        }

        Define(Opcode.Keccak256, 2, 1, GasSchedule.Keccak);

        Define(Opcode.Address, 0, 1, GasSchedule.Base);
        Define(Opcode.Balance, 1, 1, GasSchedule.WarmAccess);
        Define(Opcode.Origin, 0, 1, GasSchedule.Base);
        Define(Opcode.Caller, 0, 1, GasSchedule.Base);
        Define(Opcode.CallValue, 0, 1, GasSchedule.Base);
        Define(Opcode.CallDataLoad, 1, 1, GasSchedule.VeryLow);
        Define(Opcode.CallDataSize, 0, 1, GasSchedule.Base);
        Define(Opcode.CallDataCopy, 3, 0, GasSchedule.VeryLow);
        Define(Opcode.CodeSize, 0, 1, GasSchedule.Base);
        Define(Opcode.CodeCopy, 3, 0, GasSchedule.VeryLow);
        Define(Opcode.GasPrice, 0, 1, GasSchedule.Base);
        Define(Opcode.ExtCodeSize, 1, 1, GasSchedule.WarmAccess);
        Define(Opcode.ExtCodeCopy, 4, 0, GasSchedule.WarmAccess);
        Define(Opcode.ReturnDataSize, 0, 1, GasSchedule.Base);
        Define(Opcode.ReturnDataCopy, 3, 0, GasSchedule.VeryLow);
        Define(Opcode.ExtCodeHash, 1, 1, GasSchedule.WarmAccess);

        Define(Opcode.BlockHash, 1, 1, GasSchedule.BlockHash);
        Define(Opcode.Coinbase, 0, 1, GasSchedule.Base);
        Define(Opcode.Timestamp, 0, 1, GasSchedule.Base);
        Define(Opcode.Number, 0, 1, GasSchedule.Base);
        Define(Opcode.PrevRandao, 0, 1, GasSchedule.Base);
        Define(Opcode.GasLimit, 0, 1, GasSchedule.Base);
        Define(Opcode.ChainId, 0, 1, GasSchedule.Base);
        Define(Opcode.SelfBalance, 0, 1, GasSchedule.Low);
        Define(Opcode.BaseFee, 0, 1, GasSchedule.Base);
        Define(Opcode.BlobHash, 1, 1, GasSchedule.VeryLow);
        Define(Opcode.BlobBaseFee, 0, 1, GasSchedule.Base);

        Define(Opcode.Pop, 1, 0, GasSchedule.Base);
        Define(Opcode.MLoad, 1, 1, GasSchedule.VeryLow);
        Define(Opcode.MStore, 2, 0, GasSchedule.VeryLow);
        Define(Opcode.MStore8, 2, 0, GasSchedule.VeryLow);
        Define(Opcode.SLoad, 1, 1, GasSchedule.WarmAccess);
        Define(Opcode.SStore, 2, 0, 0, OpcodeFlow.SeesGas);
        Define(Opcode.Jump, 1, 0, GasSchedule.Mid, OpcodeFlow.Ends);
        Define(Opcode.JumpI, 2, 0, GasSchedule.High, OpcodeFlow.Branches);
        Define(Opcode.Pc, 0, 1, GasSchedule.Base);
        Define(Opcode.MSize, 0, 1, GasSchedule.Base);
        Define(Opcode.Gas, 0, 1, GasSchedule.Base, OpcodeFlow.SeesGas);
        Define(Opcode.JumpDest, 0, 0, GasSchedule.JumpDest);
        Define(Opcode.TLoad, 1, 1, GasSchedule.WarmAccess);
        Define(Opcode.TStore, 2, 0, GasSchedule.WarmAccess);
        Define(Opcode.MCopy, 3, 0, GasSchedule.VeryLow);

        Define(Opcode.Push0, 0, 1, GasSchedule.Base);
        for (int n = 1; n <= 32; n++)
        {
            Define((Opcode)((int)Opcode.Push0 + n), 0, 1, GasSchedule.VeryLow);
        }

        for (int n = 1; n <= 16; n++)
        {
            Define((Opcode)((int)Opcode.Dup1 + n - 1), n, n + 1, GasSchedule.VeryLow);
            Define((Opcode)((int)Opcode.Swap1 + n - 1), n + 1, n + 1, GasSchedule.VeryLow);
        }

        for (int topics = 0; topics <= 4; topics++)
        {
            Define((Opcode)((int)Opcode.Log0 + topics), topics + 2, 0, GasSchedule.Log + (topics * GasSchedule.LogTopic));
        }

        Define(Opcode.Create, 3, 1, GasSchedule.Create, OpcodeFlow.SeesGas);
        Define(Opcode.Call, 7, 1, GasSchedule.WarmAccess, OpcodeFlow.SeesGas);
        Define(Opcode.CallCode, 7, 1, GasSchedule.WarmAccess, OpcodeFlow.SeesGas);
        Define(Opcode.Return, 2, 0, 0, OpcodeFlow.Ends);
        Define(Opcode.DelegateCall, 6, 1, GasSchedule.WarmAccess, OpcodeFlow.SeesGas);
        Define(Opcode.Create2, 4, 1, GasSchedule.Create, OpcodeFlow.SeesGas);
        Define(Opcode.StaticCall, 6, 1, GasSchedule.WarmAccess, OpcodeFlow.SeesGas);
        Define(Opcode.Revert, 2, 0, 0, OpcodeFlow.Ends);
        Define(Opcode.SelfDestruct, 1, 0, GasSchedule.SelfDestruct, OpcodeFlow.Ends);
    }

    public ReadOnlySpan<OpcodeInfo> Infos => _infos;

    public ref readonly OpcodeInfo this[Opcode opcode] => ref _infos[(byte)opcode];

    private void Define(Opcode opcode, int pops, int pushes, int gas, OpcodeFlow flow = OpcodeFlow.Plain) =>
        _infos[(byte)opcode] = new OpcodeInfo((byte)pops, (byte)pushes, (ushort)gas, flow, IsDefined: true);
}
