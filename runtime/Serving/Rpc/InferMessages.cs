using System.Net;
using Google.Protobuf;
using Google.Protobuf.Collections;
using GraphPartition.Serving.Memory;
using GraphPartition.Serving.Protocol;
using GraphPartition.Serving.Requests;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Rpc;

/// <summary>Requests and responses as the messages of gRPC. Responses are raw: so does Triton.</summary>
internal static class InferMessages
{
    /// <summary>The request of a message; the caller disposes it.</summary>
    /// <exception cref="ModelException">The message contradicts the protocol (GP5040), or needs what is off (GP5043).</exception>
    public static InferRequest Read(ModelInferRequest message, SharedMemory memory, IPAddress? client)
    {
        var request = new InferRequest(message.ModelName, message.ModelVersion) { Id = message.Id };
        try
        {
            request.Apply(Parameters("request", message.Parameters));
            int raw = 0;
            foreach (ModelInferRequest.Types.InferInputTensor input in message.Inputs)
            {
                ElementType element = WireTypes.Parse(input.Datatype, input.Name);
                long[] shape = [.. input.Shape];
                if (memory.RangeOf(client, input.Name, Parameters(input.Name, input.Parameters)) is { } range)
                    request.Add(input.Name, range.Read(input.Name, element, shape));
                else if (message.RawInputContents.Count == 0)
                    request.Add(input.Name, TypedContents.Read(input.Name, element, shape, input.Contents ?? new()));
                else if (input.Contents is not null)
                    throw ServingCodes.BadRequest.Error(input.Name, "it has contents, and the request has raw contents too");
                else if (raw < message.RawInputContents.Count)
                    request.Add(input.Name, BinaryTensors.Read(input.Name, element, shape, message.RawInputContents[raw++].Span));
                else throw ServingCodes.BadRequest.Error(input.Name, "it has no raw contents");
            }
            if (raw < message.RawInputContents.Count)
                throw ServingCodes.BadRequest.Error("raw_input_contents", $"{message.RawInputContents.Count} were sent for {raw} inputs");
            foreach (ModelInferRequest.Types.InferRequestedOutputTensor output in message.Outputs)
            {
                ParameterSet parameters = Parameters(output.Name, output.Parameters);
                request.Outputs.Add(new(output.Name)
                {
                    Memory = memory.RangeOf(client, output.Name, parameters),
                    Classes = (int)Math.Min(parameters.Integer("classification", least: 0) ?? 0, int.MaxValue),
                });
            }
            return request;
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    /// <summary>The message of a response.</summary>
    public static ModelInferResponse Write(InferResponse response)
    {
        var message = new ModelInferResponse
        {
            Id = response.Request.Id,
            ModelName = response.Version.Name,
            ModelVersion = $"{response.Version.Number}",
        };
        foreach (SentOutput output in response.Outputs)
        {
            var tensor = new ModelInferResponse.Types.InferOutputTensor
            {
                Name = output.Name,
                Datatype = output.DataType,
                Shape = { output.Shape },
            };
            if (output.Memory is { } memory)
            {
                tensor.Parameters.Add("shared_memory_region", new() { StringParam = memory.Region.Name });
                tensor.Parameters.Add("shared_memory_offset", new() { Int64Param = memory.Offset });
                tensor.Parameters.Add("shared_memory_byte_size", new() { Int64Param = BinaryTensors.SizeOf(output.Value) });
            }
            else message.RawOutputContents.Add(UnsafeByteOperations.UnsafeWrap(BinaryTensors.ToArray(output.Value)));
            message.Outputs.Add(tensor);
        }
        return message;
    }

    private static ParameterSet Parameters(string where, MapField<string, InferParameter> parameters)
    {
        var set = new ParameterSet(where);
        foreach ((string name, InferParameter value) in parameters)
            switch (value.ParameterChoiceCase)
            {
                case InferParameter.ParameterChoiceOneofCase.BoolParam: set.Set(name, value.BoolParam); break;
                case InferParameter.ParameterChoiceOneofCase.Int64Param: set.Set(name, value.Int64Param); break;
                case InferParameter.ParameterChoiceOneofCase.Uint64Param:
                    set.Set(name, (long)Math.Min(value.Uint64Param, long.MaxValue));
                    break;
                case InferParameter.ParameterChoiceOneofCase.DoubleParam: set.Set(name, value.DoubleParam); break;
                case InferParameter.ParameterChoiceOneofCase.StringParam: set.Set(name, value.StringParam); break;
            }
        return set;
    }
}
