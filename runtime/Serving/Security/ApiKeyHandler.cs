using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace GraphPartition.Serving.Security;

/// <summary>Authentication by an API key: <c>Authorization: Bearer KEY</c>, for HTTP and gRPC alike.</summary>
internal sealed class ApiKeyHandler(
    ServingOptions serving, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The name of the scheme and of the policy.</summary>
    public const string Name = "graphpartition-api-key";

    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return Task.FromResult(AuthenticateResult.NoResult());
        byte[] given = Hash(header[Prefix.Length..].Trim());
        // Hashes of one length, compared in constant time and all of them: the time tells nothing about a key.
        bool isKnown = false;
        foreach (string key in serving.ApiKeys) isKnown |= CryptographicOperations.FixedTimeEquals(given, Hash(key));
        return Task.FromResult(isKnown
            ? AuthenticateResult.Success(new(new(new ClaimsIdentity([new(ClaimTypes.Name, "client")], Name)), Name))
            : AuthenticateResult.Fail("the API key is not known"));
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
