using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace GraphPartition.Serving.Rest;

/// <summary>Endpoints whose requests and responses may be compressed (gzip, deflate, br), with a limit of the size.</summary>
internal static class Compressed
{
    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder endpoints, string pattern, RequestDelegate handle, long limit)
    {
        IApplicationBuilder pipeline = endpoints.CreateApplicationBuilder();
        pipeline.UseRequestDecompression().UseResponseCompression().Run(handle);
        RequestDelegate compressed = pipeline.Build();
        return endpoints.Map(pattern, http =>
        {
            var size = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>();
            if (size is { IsReadOnly: false }) size.MaxRequestBodySize = limit;
            return compressed(http);
        }).WithMetadata(new SizeLimit(limit));
    }

    private sealed record SizeLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
