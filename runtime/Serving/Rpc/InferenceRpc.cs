using System.Net;
using System.Threading.Channels;
using GraphPartition.Serving.Memory;
using GraphPartition.Serving.Models;
using GraphPartition.Serving.Protocol;
using GraphPartition.Serving.Requests;
using Grpc.Core;

namespace GraphPartition.Serving.Rpc;

/// <summary>The protocol over gRPC. Failures become statuses in <see cref="FailureInterceptor"/>.</summary>
internal sealed class InferenceRpc(ModelRepository models, InferenceService inference, SharedMemory memory, ServingOptions options)
    : GRPCInferenceService.GRPCInferenceServiceBase
{
    public override Task<ServerLiveResponse> ServerLive(ServerLiveRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerLiveResponse { Live = true });

    public override Task<ServerReadyResponse> ServerReady(ServerReadyRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerReadyResponse { Ready = models.IsReady });

    public override Task<ModelReadyResponse> ModelReady(ModelReadyRequest request, ServerCallContext context)
    {
        bool ready = true;
        try
        {
            models.Find(request.Name, request.Version);
        }
        catch (ModelException e) when (e.Diagnostics[0].Code == ServingCodes.NotReady)
        {
            ready = false;
        }
        return Task.FromResult(new ModelReadyResponse { Ready = ready });
    }

    public override Task<ServerMetadataResponse> ServerMetadata(ServerMetadataRequest request, ServerCallContext context) =>
        Task.FromResult(new ServerMetadataResponse
        {
            Name = ServerFacts.Name,
            Version = ServerFacts.Version,
            Extensions = { ServerFacts.Extensions(options) },
        });

    public override Task<ModelMetadataResponse> ModelMetadata(ModelMetadataRequest request, ServerCallContext context)
    {
        ModelVersion model = models.Find(request.Name, request.Version);
        return Task.FromResult(new ModelMetadataResponse
        {
            Name = model.Name,
            Versions = { models.Models.Single(m => m.Name == model.Name).Versions.Keys.Select(v => $"{v}") },
            Platform = ServerFacts.Platform,
            Inputs = { model.Inputs.Select(Tensor) },
            Outputs = { model.Outputs.Select(Tensor) },
        });

        static ModelMetadataResponse.Types.TensorMetadata Tensor(TensorInfo tensor) =>
            new() { Name = tensor.Name, Datatype = tensor.DataType, Shape = { tensor.Shape } };
    }

    public override Task<ModelInferResponse> ModelInfer(ModelInferRequest request, ServerCallContext context) =>
        InferAsync(request, context);

    /// <summary>Requests of a stream are computed at the same time, so that they can be joined; answers keep their order.</summary>
    public override async Task ModelStreamInfer(
        IAsyncStreamReader<ModelInferRequest> requestStream, IServerStreamWriter<ModelStreamInferResponse> responseStream,
            ServerCallContext context)
    {
        var running = Channel.CreateBounded<Task<ModelStreamInferResponse>>(Math.Max(1, options.MaxStreamRequests));
        Task writing = WriteAsync();
        try
        {
            await foreach (ModelInferRequest request in requestStream.ReadAllAsync(context.CancellationToken))
                await running.Writer.WriteAsync(AnswerAsync(request), context.CancellationToken);
        }
        finally
        {
            running.Writer.TryComplete();
            await writing;
        }

        async Task WriteAsync()
        {
            bool isOpen = true;
            await foreach (Task<ModelStreamInferResponse> answer in running.Reader.ReadAllAsync())
            {
                ModelStreamInferResponse response = await answer;
                isOpen &= !context.CancellationToken.IsCancellationRequested;
                if (isOpen) await responseStream.WriteAsync(response, context.CancellationToken);
            }
        }

        async Task<ModelStreamInferResponse> AnswerAsync(ModelInferRequest request)
        {
            try
            {
                return new() { InferResponse = await InferAsync(request, context) };
            }
            catch (Exception e)
            {
                // One request of a stream fails; the stream goes on. The id tells the client which one it was.
                return new()
                {
                    ErrorMessage = Failure.Of(e).Message,
                    InferResponse = new() { Id = request.Id, ModelName = request.ModelName },
                };
            }
        }
    }

    public override Task<ModelConfigResponse> ModelConfig(ModelConfigRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelConfigResponse { Config = ModelConfigs.Of(models.Find(request.Name, request.Version)) });

    public override Task<ModelStatisticsResponse> ModelStatistics(ModelStatisticsRequest request, ServerCallContext context) =>
        Task.FromResult(new ModelStatisticsResponse
        {
            ModelStats =
            {
                (request.Name.Length == 0 ? models.Ready : [models.Find(request.Name, request.Version)]).Select(StatisticsMessages.Of),
            },
        });

    public override Task<RepositoryIndexResponse> RepositoryIndex(RepositoryIndexRequest request, ServerCallContext context) =>
        Task.FromResult(new RepositoryIndexResponse
        {
            Models =
            {
                models.Models.SelectMany(m => m.Index()).Where(e => !request.Ready || e.State == "READY").Select(
                    e => new RepositoryIndexResponse.Types.ModelIndex
                    { Name = e.Name, Version = e.Version, State = e.State, Reason = e.Reason }),
            },
        });

    public override async Task<RepositoryModelLoadResponse> RepositoryModelLoad(RepositoryModelLoadRequest request,
        ServerCallContext context)
    {
        CheckControl();
        if (request.Parameters.Count > 0)
            throw ServingCodes.NotSupported.Error("parameters", "models are loaded from the folders of the server only");
        await models.LoadAsync(request.ModelName);
        return new();
    }

    public override async Task<RepositoryModelUnloadResponse> RepositoryModelUnload(
        RepositoryModelUnloadRequest request, ServerCallContext context)
    {
        CheckControl();
        await models.UnloadAsync(request.ModelName);
        return new();
    }

    public override Task<SystemSharedMemoryStatusResponse> SystemSharedMemoryStatus(
        SystemSharedMemoryStatusRequest request, ServerCallContext context)
    {
        var response = new SystemSharedMemoryStatusResponse();
        foreach (MemoryRegion region in memory.Status(Client(context), request.Name))
            response.Regions.Add(region.Name, new()
            { Name = region.Name, Key = region.Key, Offset = (ulong)region.Offset, ByteSize = (ulong)region.Size });
        return Task.FromResult(response);
    }

    public override Task<SystemSharedMemoryRegisterResponse> SystemSharedMemoryRegister(
        SystemSharedMemoryRegisterRequest request, ServerCallContext context)
    {
        memory.Register(Client(context), request.Name, request.Key, (long)Math.Min(request.Offset, long.MaxValue),
            (long)Math.Min(request.ByteSize, long.MaxValue));
        return Task.FromResult(new SystemSharedMemoryRegisterResponse());
    }

    public override Task<SystemSharedMemoryUnregisterResponse> SystemSharedMemoryUnregister(
        SystemSharedMemoryUnregisterRequest request, ServerCallContext context)
    {
        memory.Unregister(Client(context), request.Name);
        return Task.FromResult(new SystemSharedMemoryUnregisterResponse());
    }

    private async Task<ModelInferResponse> InferAsync(ModelInferRequest message, ServerCallContext context)
    {
        using InferRequest request = InferMessages.Read(message, memory, Client(context));
        using InferResponse response = await inference.RunAsync(request, context.CancellationToken);
        return InferMessages.Write(response);
    }

    private void CheckControl()
    {
        if (!options.AllowModelControl)
            throw ServingCodes.NotSupported.Error("load and unload", "the server does not let clients change its models (--model-control)");
    }

    private static IPAddress? Client(ServerCallContext context) => context.GetHttpContext().Connection.RemoteIpAddress;
}
