using System.Net;
using System.Text.Json;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;
using Cloud.Settlement.Keys;
using Cloud.Settlement.Tests.Support;

namespace Cloud.Settlement.Tests.Keys;

public sealed class KeyTests
{
    // The two examples of the Web3 secret storage definition.
    private const string Password = "testpassword";

    private const string Pbkdf2 = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
        "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
        "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
        "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    private const string Scrypt = """
        {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
        "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
        "kdfparams":{"dklen":32,"n":262144,"p":8,"r":1,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},
        "mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
        """;

    private static readonly byte[] Key = Hex.Decode("0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");

    [Theory]
    [InlineData(Pbkdf2)]
    [InlineData(Scrypt)]
    public async Task A_keystore_opens_with_its_password(string keystore)
    {
        IL1Signer signer = Assert.IsType<KeyResult.Loaded>(KeystoreFile.Decrypt(keystore, Password)).Signer;
        Assert.Equal(Anvil.AddressOf(Key), signer.Address);
        byte[] message = [1, 2, 3];
        Signature signature = Assert.IsType<SigningOutcome.Signed>(await signer.SignAsync(message, TestContext.Current.CancellationToken)).Signature;
        Assert.True(Secp256k1.TryRecover(Keccak256.Hash(message), signature, out Address address));
        Assert.Equal(signer.Address, address);
    }

    [Fact]
    public void A_key_that_was_encrypted_opens_with_its_password_alone_and_never_stands_in_the_file()
    {
        string file = KeystoreFile.Encrypt(Key, "correct horse");
        Assert.Equal(Anvil.AddressOf(Key), Assert.IsType<KeyResult.Loaded>(KeystoreFile.Decrypt(file, "correct horse")).Signer.Address);
        Assert.IsType<KeyResult.Refused>(KeystoreFile.Decrypt(file, "correct Horse"));
        Assert.Equal(Anvil.AddressOf(Key), KeystoreFile.AddressOf(file));
        Assert.DoesNotContain(Convert.ToHexStringLower(Key), file, StringComparison.OrdinalIgnoreCase);
        Assert.NotEqual(file, KeystoreFile.Encrypt(Key, "correct horse"));
        Assert.Throws<ArgumentException>(() => KeystoreFile.Encrypt(new byte[32], "x"));
        Assert.Throws<ArgumentException>(() => KeystoreFile.Encrypt(Key, ""));
        foreach (string none in (string[])["", "{", "[]", "{}", """{"version":3}""", """{"version":3,"address":7}""", """{"version":3,"address":"00"}""", """{"version":1,"address":"7a28b5ba57c53603b0b07b56bba752f7784bf506"}"""])
        {
            Assert.Null(KeystoreFile.AddressOf(none));
        }
    }

    [Theory]
    [InlineData("0x", "0x", 16, 1, 1, "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")]
    [InlineData("0x70617373776f7264", "0x4e61436c", 1024, 8, 16, "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")]
    public void Scrypt_gives_the_values_of_RFC_7914(string password, string salt, int n, int r, int p, string expected) =>
        Assert.Equal(expected, Convert.ToHexStringLower(Settlement.Keys.Scrypt.Derive(Hex.Decode(password), Hex.Decode(salt), n, r, p, 64)));

    [Fact]
    public void A_keystore_that_cannot_be_opened_says_why_and_no_secret()
    {
        (string File, string Password, string Reason)[] cases =
        [
            (Pbkdf2, "wrong", "the password does not open"),
            (Pbkdf2.Replace("517ead", "517eae", StringComparison.Ordinal), Password, "the password does not open"),
            (Pbkdf2.Replace("\"version\":3", "\"version\":1", StringComparison.Ordinal), Password, "not of version 3"),
            (Pbkdf2.Replace("aes-128-ctr", "aes-256-cbc", StringComparison.Ordinal), Password, "only aes-128-ctr"),
            (Pbkdf2.Replace("262144", "2000000000", StringComparison.Ordinal), Password, "rounds"),
            (Pbkdf2.Replace("\"pbkdf2\"", "\"argon2\"", StringComparison.Ordinal), Password, "only scrypt and pbkdf2"),
            (Pbkdf2.Replace("\"dklen\":32", "\"dklen\":16", StringComparison.Ordinal), Password, "another length"),
            (Pbkdf2.Replace("6087da", "60", StringComparison.Ordinal), Password, "iv"),
            (Scrypt.Replace("262144", "262143", StringComparison.Ordinal), Password, "out of range"),
            (Scrypt.Replace("\"n\":262144", "\"n\":1073741824", StringComparison.Ordinal), Password, "out of range"),
            ("{", Password, "no keystore"),
            ("{}", Password, "version is missing"),
            ("[3]", Password, "version is missing"),
            ("""{"version":3}""", Password, "Crypto is missing"),
            ("""{"version":3,"crypto":{"cipher":7}}""", Password, "no keystore"),
        ];
        foreach ((string file, string password, string reason) in cases)
        {
            KeyResult.Refused refused = Assert.IsType<KeyResult.Refused>(KeystoreFile.Decrypt(file, password));
            Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(password, refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d\n", null)]
    [InlineData("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d", null)]
    [InlineData(null, "is not set")]
    [InlineData("", "is not set")]
    [InlineData("hello", "holds no private key")]
    [InlineData("0x00", "holds no private key")]
    [InlineData("0x0000000000000000000000000000000000000000000000000000000000000000", "holds no private key")]
    [InlineData("0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "holds no private key")]
    public void A_key_comes_from_the_environment_or_the_variable_is_named(string? value, string? refusal)
    {
        KeyResult result = LocalSigner.FromEnvironment("PUBLISHER_KEY", name => name == "PUBLISHER_KEY" ? value : null);
        if (refusal is null)
        {
            Assert.Equal(Anvil.AddressOf(Key), Assert.IsType<KeyResult.Loaded>(result).Signer.Address);
        }
        else
        {
            string message = Assert.IsType<KeyResult.Refused>(result).Message;
            Assert.Contains("PUBLISHER_KEY", message, StringComparison.Ordinal);
            Assert.Contains(refusal, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_remote_signer_s_signature_is_checked_before_it_is_used()
    {
        byte[] message = [9, 9];
        string Answer(byte[] key) => Hex.Encode(Secp256k1.Sign(key, Keccak256.Hash(message)).ToArray());
        SigningOutcome good = await AskAsync(_ => Reply(HttpStatusCode.OK, Answer(Key)), message);
        Assert.True(Secp256k1.TryRecover(Keccak256.Hash(message), Assert.IsType<SigningOutcome.Signed>(good).Signature, out Address signer));
        Assert.Equal(Anvil.AddressOf(Key), signer);
        (Func<HttpRequestMessage, HttpResponseMessage> Server, string Reason, bool Transient)[] cases =
        [
            (_ => Reply(HttpStatusCode.OK, Answer(TestRollup.Key("other"))), "instead of", false),
            (_ => Reply(HttpStatusCode.OK, "0x1234"), "no signature", false),
            (_ => Reply(HttpStatusCode.OK, "hello"), "no signature", false),
            (_ => Reply(HttpStatusCode.NotFound, ""), "has no key", false),
            (_ => Reply(HttpStatusCode.PreconditionFailed, ""), "slashing protection", false),
            (_ => Reply(HttpStatusCode.InternalServerError, ""), "500", true),
            (_ => throw new HttpRequestException("refused"), "cannot be reached", true),
        ];
        foreach ((Func<HttpRequestMessage, HttpResponseMessage> server, string reason, bool transient) in cases)
        {
            SigningOutcome.Failed failed = Assert.IsType<SigningOutcome.Failed>(await AskAsync(server, message));
            Assert.Contains(reason, failed.Message, StringComparison.Ordinal);
            Assert.Equal(transient, failed.IsTransient);
        }
    }

    [Fact]
    public async Task A_remote_signer_gets_the_message_itself_and_not_its_hash()
    {
        string? path = null;
        string? body = null;
        await AskAsync(
            request =>
            {
                path = request.RequestUri!.AbsolutePath;
                body = request.Content!.ReadAsStringAsync(TestContext.Current.CancellationToken).GetAwaiter().GetResult();
                return Reply(HttpStatusCode.OK, "");
            },
            [0xab]);
        Assert.Equal("/api/v1/eth1/sign/0xkey", path);
        using JsonDocument json = JsonDocument.Parse(body!);
        Assert.Equal("0xab", json.RootElement.GetProperty("data").GetString());
    }

    private static HttpResponseMessage Reply(HttpStatusCode status, string body) => new(status) { Content = new StringContent(body) };

    private static async Task<SigningOutcome> AskAsync(Func<HttpRequestMessage, HttpResponseMessage> server, byte[] message)
    {
        using HttpClient http = new(new Handler(server));
        Web3Signer signer = new(http, new Uri("http://signer:9000/base"), "0xkey", Anvil.AddressOf(Key), TimeSpan.FromSeconds(5), TimeProvider.System);
        return await signer.SignAsync(message, TestContext.Current.CancellationToken);
    }

    private sealed class Handler(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Task.FromResult(answer(request));
    }
}
