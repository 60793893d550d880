using Google.Protobuf;
using Grpc.Core;

namespace GraphPartition.Serving.Tests.Unit;

/// <summary>The protocol over gRPC.</summary>
public sealed class GrpcTests(RestTests.Server server) : IClassFixture<RestTests.Server>
{
    private GRPCInferenceService.GRPCInferenceServiceClient Rpc => server.Of.Rpc;

    [Fact]
    public async Task Health_and_metadata_are_those_of_the_protocol()
    {
        Assert.True((await Rpc.ServerLiveAsync(new())).Live);
        Assert.True((await Rpc.ServerReadyAsync(new())).Ready);
        Assert.True((await Rpc.ModelReadyAsync(new() { Name = "scale" })).Ready);
        ModelMetadataResponse model = await Rpc.ModelMetadataAsync(new() { Name = "scale" });
        Assert.Equal([-1L, 2L], Assert.Single(model.Inputs).Shape);
        Assert.Equal(16, (await Rpc.ModelConfigAsync(new() { Name = "scale" })).Config.MaxBatchSize);
        Assert.Contains((await Rpc.RepositoryIndexAsync(new())).Models, m => m is { Name: "INT32", Version: "1", State: "READY" });
    }

    [Fact]
    public async Task Typed_and_raw_contents_give_raw_contents()
    {
        var request = new ModelInferRequest
        {
            ModelName = "scale",
            Id = "a",
            Inputs = { new ModelInferRequest.Types.InferInputTensor
            {
                Name = "x", Datatype = "FP32", Shape = { 1, 2 }, Contents = new() { Fp32Contents = { 1, 2 } },
            } },
        };
        ModelInferResponse response = await Rpc.ModelInferAsync(request);
        Assert.Equal("a", response.Id);
        Assert.Equal(Raw(2f, 4f), Assert.Single(response.RawOutputContents));
        request.Inputs[0].Contents = null;
        request.RawInputContents.Add(Raw(3f, 5f));
        Assert.Equal(Raw(6f, 10f), Assert.Single((await Rpc.ModelInferAsync(request)).RawOutputContents));
    }

    [Fact]
    public async Task Every_type_passes_in_typed_contents_except_floats_of_16_bits()
    {
        foreach (ElementType type in ServedModels.Types)
        {
            InferTensorContents contents = type switch
            {
                ElementType.Bool => new() { BoolContents = { true, false } },
                ElementType.Int8 or ElementType.Int16 or ElementType.Int32 => new() { IntContents = { -3, 7 } },
                ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => new() { UintContents = { 3, 7 } },
                ElementType.Int64 => new() { Int64Contents = { long.MinValue, 7 } },
                ElementType.UInt64 => new() { Uint64Contents = { ulong.MaxValue, 7 } },
                ElementType.Float32 => new() { Fp32Contents = { 0.1f, float.NaN } },
                ElementType.Float64 => new() { Fp64Contents = { 0.1, double.NegativeInfinity } },
                ElementType.String => new() { BytesContents = { ByteString.CopyFromUtf8("ä"), ByteString.Empty } },
                _ => new() { Fp32Contents = { 1, 2 } },
            };
            ModelInferRequest request = OfType(type, contents);
            if (type is ElementType.Float16 or ElementType.BFloat16)
            {
                RpcException refused = await Assert.ThrowsAsync<RpcException>(async () => await Rpc.ModelInferAsync(request));
                Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
                Assert.Contains("raw_input_contents", refused.Status.Detail, StringComparison.Ordinal);
                continue;
            }
            ModelInferResponse response = await Rpc.ModelInferAsync(request);
            byte[] expected = type switch
            {
                ElementType.Bool => [1, 0],
                ElementType.Int8 => [0xFD, 7],
                ElementType.UInt8 => [3, 7],
                ElementType.Int16 => [.. BitConverter.GetBytes((short)-3), 7, 0],
                ElementType.UInt16 => [3, 0, 7, 0],
                ElementType.Int32 => [.. BitConverter.GetBytes(-3), 7, 0, 0, 0],
                ElementType.UInt32 => [3, 0, 0, 0, 7, 0, 0, 0],
                ElementType.Int64 => [.. BitConverter.GetBytes(long.MinValue), .. BitConverter.GetBytes(7L)],
                ElementType.UInt64 => [.. BitConverter.GetBytes(ulong.MaxValue), .. BitConverter.GetBytes(7UL)],
                ElementType.Float32 => [.. BitConverter.GetBytes(0.1f), .. BitConverter.GetBytes(float.NaN)],
                ElementType.Float64 => [.. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(double.NegativeInfinity)],
                _ => [2, 0, 0, 0, 0xC3, 0xA4, 0, 0, 0, 0],
            };
            Assert.Equal(expected, Assert.Single(response.RawOutputContents).ToByteArray());
        }
    }

    [Fact]
    public async Task A_stream_answers_in_order_and_goes_on_after_a_failure()
    {
        using AsyncDuplexStreamingCall<ModelInferRequest, ModelStreamInferResponse> call = Rpc.ModelStreamInfer();
        for (int i = 0; i < 50; i++)
            await call.RequestStream.WriteAsync(new()
            {
                ModelName = i == 20 ? "missing" : "scale",
                Id = $"{i}",
                Inputs = { new ModelInferRequest.Types.InferInputTensor { Name = "x", Datatype = "FP32", Shape = { 1, 2 } } },
                RawInputContents = { Raw(i, -i) },
            });
        await call.RequestStream.CompleteAsync();
        int next = 0;
        await foreach (ModelStreamInferResponse response in call.ResponseStream.ReadAllAsync())
        {
            Assert.Equal($"{next}", response.InferResponse.Id);
            if (next == 20) Assert.Contains("GP5041", response.ErrorMessage, StringComparison.Ordinal);
            else Assert.Equal(Raw(2 * next, -2 * next), Assert.Single(response.InferResponse.RawOutputContents));
            next++;
        }
        Assert.Equal(50, next);
    }

    [Fact]
    public async Task Statistics_count_requests_samples_and_runs()
    {
        Protocol.ModelStatistics before = Assert.Single((await Rpc.ModelStatisticsAsync(new() { Name = "INT32" })).ModelStats);
        await Rpc.ModelInferAsync(OfType(ElementType.Int32, new() { IntContents = { 1, 2 } }));
        Protocol.ModelStatistics after = Assert.Single((await Rpc.ModelStatisticsAsync(new() { Name = "INT32" })).ModelStats);
        Assert.Equal(before.InferenceStats.Success.Count + 1, after.InferenceStats.Success.Count);
        Assert.Equal(before.ExecutionCount + 1, after.ExecutionCount);
        Assert.True(after.InferenceStats.ComputeInfer.Ns > before.InferenceStats.ComputeInfer.Ns);
        Assert.True(after.LastInference > 0);
    }

    private static ModelInferRequest OfType(ElementType type, InferTensorContents contents) => new()
    {
        ModelName = ServedModels.NameOf(type),
        Inputs =
        {
            new ModelInferRequest.Types.InferInputTensor
            { Name = "x", Datatype = ServedModels.NameOf(type), Shape = { 1, 2 }, Contents = contents },
        },
    };

    private static ByteString Raw(params float[] values) => ByteString.CopyFrom([.. values.SelectMany(BitConverter.GetBytes)]);
}
