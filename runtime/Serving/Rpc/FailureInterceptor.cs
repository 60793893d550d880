using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace GraphPartition.Serving.Rpc;

/// <summary>Turns failures into statuses with a text that has place and remedy.</summary>
internal sealed partial class FailureInterceptor(ILogger<FailureInterceptor> log) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw StatusOf(e, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw StatusOf(e, context);
        }
    }

    private RpcException StatusOf(Exception exception, ServerCallContext context)
    {
        Failure failure = Failure.Of(exception);
        if (failure.IsInternal && !context.CancellationToken.IsCancellationRequested) LogFailed(exception, context.Method);
        return new RpcException(new Status(failure.Grpc, failure.Message));
    }

    [LoggerMessage(LogLevel.Error, "the call {Method} failed")]
    private partial void LogFailed(Exception exception, string method);
}
