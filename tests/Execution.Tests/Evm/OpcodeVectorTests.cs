using System.Text.Json;
using Cloud.Execution.Evm;
using Cloud.Protocol.Primitives;
using Cloud.Protocol.Tests;

namespace Cloud.Execution.Tests.Evm;

/// <summary>The opcode vectors of ethereum/go-ethereum, run as bytecode: y op x with y on top.</summary>
[Trait("Category", "Conformance")]
public sealed class OpcodeVectorTests
{
    [Fact]
    public void Results_are_those_of_the_vectors()
    {
        using TestMachine machine = new();
        IReadOnlyList<string> files = Vectors.Files("evm", name => name.StartsWith("testcases_", StringComparison.Ordinal));
        foreach (string path in files)
        {
            string name = Path.GetFileNameWithoutExtension(path)["testcases_".Length..];
            Opcode opcode = name == "signext" ? Opcode.SignExtend : Enum.Parse<Opcode>(name, ignoreCase: true);
            foreach (JsonElement test in Vectors.Json(path).EnumerateArray())
            {
                UInt256 x = Word(test, "X");
                UInt256 y = Word(test, "Y");
                UInt256 actual = machine.Result(new Code().Push(x).Push(y).Op(opcode));
                Assert.Equal((name, x, y, Word(test, "Expected")), (name, x, y, actual));
            }
        }
    }

    private static UInt256 Word(JsonElement test, string name) => UInt256.Parse($"0x{test.GetProperty(name).GetString()}");
}
