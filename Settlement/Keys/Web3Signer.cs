using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Cloud.Protocol.Crypto;
using Cloud.Protocol.Primitives;

namespace Cloud.Settlement.Keys;

/// <summary>A key in a remote signer that speaks Web3Signer's HTTP API: POST /api/v1/eth1/sign/{identifier}. What it answers is checked before it is used.</summary>
public sealed class Web3Signer : IL1Signer
{
    private const int MaxReplyLength = 4096;

    private readonly HttpClient _http;
    private readonly Uri _address;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    /// <summary>Makes a signer.</summary>
    /// <param name="http">Connects; carries client certificates where the signer wants them.</param>
    /// <param name="server">The signer's address.</param>
    /// <param name="identifier">The key's identifier there: its public key or address in hex.</param>
    /// <param name="address">The key's address.</param>
    /// <param name="timeout">How long a signature may take.</param>
    /// <param name="time">The clock of the time-out.</param>
    public Web3Signer(HttpClient http, Uri server, string identifier, Address address, TimeSpan timeout, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(server);
        _http = http;
        _address = new Uri(server, $"/api/v1/eth1/sign/{Uri.EscapeDataString(identifier)}");
        _timeout = timeout;
        _time = time;
        Address = address;
    }

    /// <inheritdoc/>
    public Address Address { get; }

    /// <inheritdoc/>
    public async Task<SigningOutcome> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource deadline = new(_timeout, _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            JsonObject body = new() { ["data"] = Hex.Encode(message.Span) };
            using StringContent content = new(body.ToJsonString(), Encoding.UTF8, "application/json");
            using HttpRequestMessage request = new(HttpMethod.Post, _address) { Content = content };
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return Refused(response.StatusCode);
            }

            await response.Content.LoadIntoBufferAsync(MaxReplyLength, both.Token).ConfigureAwait(false);
            string text = await response.Content.ReadAsStringAsync(both.Token).ConfigureAwait(false);
            return Check(message.Span, text);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SigningOutcome.Failed($"The remote signer at {_address.Authority} did not answer within {_timeout.TotalSeconds:0.###} s. Check it, or raise its time-out.", true);
        }
        catch (HttpRequestException exception)
        {
            return new SigningOutcome.Failed($"The remote signer at {_address.Authority} cannot be reached: {exception.Message} Check its address.", true);
        }
    }

    private SigningOutcome.Failed Refused(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound => new($"The remote signer at {_address.Authority} has no key for {Address}. Load the key there, or correct its identifier.", false),
        HttpStatusCode.PreconditionFailed => new($"The remote signer at {_address.Authority} refuses: its slashing protection forbids this signature.", false),
        _ => new($"The remote signer at {_address.Authority} answered with HTTP status {(int)status}.", (int)status >= 500 || status == HttpStatusCode.TooManyRequests),
    };

    private SigningOutcome Check(ReadOnlySpan<byte> message, string text)
    {
        if (!Hex.TryDecode(text.AsSpan().Trim().Trim('"'), out byte[] encoded) || Signature.Decode(encoded, out Signature signature) != SignatureFault.None)
        {
            return new SigningOutcome.Failed($"The remote signer at {_address.Authority} answered with something that is no signature.", false);
        }

        return Secp256k1.TryRecover(Keccak256.Hash(message), signature, out Address signer) && signer == Address
            ? new SigningOutcome.Signed(signature)
            : new SigningOutcome.Failed($"The remote signer at {_address.Authority} signed with {signer} instead of {Address}. Correct the key's identifier or address.", false);
    }
}
