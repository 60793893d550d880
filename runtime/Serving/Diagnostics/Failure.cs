using GraphPartition.Runtime.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace GraphPartition.Serving.Diagnostics;

/// <summary>How a failure is told to a client: the codes of HTTP and of gRPC, and a text with place and remedy.</summary>
/// <param name="Http">The status of HTTP.</param>
/// <param name="Grpc">The status of gRPC.</param>
/// <param name="Message">The text.</param>
/// <param name="Reason">The value of the label <c>reason</c> in metrics.</param>
internal sealed record Failure(int Http, StatusCode Grpc, string Message, string Reason)
{
    /// <summary>Whether it is a fault of ours, whose details belong into the log.</summary>
    public bool IsInternal => Grpc == StatusCode.Internal;

    public static Failure Of(Exception exception) => exception switch
    {
        ModelException e => Of(e.Diagnostics[0].Code, e.Message),
        EnvironmentException e => Of(e.Diagnostic.Code, e.Message),
        OperationCanceledException => new(StatusCodes.Status400BadRequest, StatusCode.Cancelled, "the request was cancelled", "CANCELED"),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } e => Of(
            ServingCodes.TooLarge, ServingCodes.TooLarge.At("body", e.Message).ToString()),
        BadHttpRequestException e => new(e.StatusCode, StatusCode.InvalidArgument, ServingCodes.BadRequest.At("body", e.Message).ToString(), "OTHER"),
        _ => new(StatusCodes.Status500InternalServerError, StatusCode.Internal, "internal error; the log of the server has the details", "OTHER"),
    };

    private static Failure Of(DiagnosticCode code, string message)
    {
        if (code == ServingCodes.UnknownModel) return new(StatusCodes.Status404NotFound, StatusCode.NotFound, message, "OTHER");
        if (code == ServingCodes.NotReady || code == RuntimeCodes.QueueFull || code == RuntimeCodes.WaitedTooLong)
            return new(StatusCodes.Status503ServiceUnavailable, StatusCode.Unavailable, message, "REJECTED");
        if (code == ServingCodes.NotSupported) return new(StatusCodes.Status501NotImplemented, StatusCode.Unimplemented, message, "OTHER");
        if (code == ServingCodes.TooLarge) return new(StatusCodes.Status413PayloadTooLarge, StatusCode.ResourceExhausted, message, "OTHER");
        if (code == ServingCodes.BadRequest || code == RuntimeCodes.BadInput || code == RuntimeCodes.NotFinite
            || code == ServingCodes.NotLoaded)
            return new(StatusCodes.Status400BadRequest, StatusCode.InvalidArgument, message, "OTHER");
        return new(StatusCodes.Status500InternalServerError, StatusCode.Internal, message, "BACKEND");
    }
}
