namespace Cloud.Gateway.Webhooks;

/// <summary>What making a web-hook comes to.</summary>
internal abstract record WebhookAdding
{
    private WebhookAdding()
    {
    }

    /// <summary>It is made, and stored where there is a file.</summary>
    /// <param name="State">How it stands.</param>
    public sealed record Added(WebhookState State) : WebhookAdding;

    /// <summary>Another one has the name.</summary>
    public sealed record NameTaken : WebhookAdding;

    /// <summary>There are as many as may be.</summary>
    /// <param name="Limit">How many.</param>
    /// <param name="IsOfOwner">Whether that is the bound of one key rather than of all.</param>
    public sealed record TooMany(int Limit, bool IsOfOwner) : WebhookAdding;
}
