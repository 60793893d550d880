using GraphPartition.Serving.Protocol;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Models;

/// <summary>The configuration of a version in the form of Triton.</summary>
internal static class ModelConfigs
{
    public static ModelConfig Of(ModelVersion model)
    {
        int skipped = model.Batches ? 1 : 0; // the batch dimension is not in the dimensions of a model that is batched
        var config = new ModelConfig
        {
            Name = model.Name,
            Platform = ServerFacts.Platform,
            Backend = ServerFacts.Name,
            MaxBatchSize = model.Batches ? model.Options.MaxBatchSize : 0,
            VersionPolicy = new() { Latest = new() { NumVersions = (uint)model.Options.Versions } },
            Input = { model.Inputs.Select(i => new ModelInput
            {
                Name = i.Name, DataType = WireTypes.ConfigOf(i.Element), Dims = { i.Shape.Skip(skipped) },
            }) },
            Output = { model.Outputs.Select(o => new ModelOutput
            {
                Name = o.Name, DataType = WireTypes.ConfigOf(o.Element), Dims = { o.Shape.Skip(skipped) },
            }) },
            InstanceGroup = { new ModelInstanceGroup { Count = model.Instances, Kind = ModelInstanceGroup.Types.Kind.Auto } },
        };
        if (model.Batches) config.DynamicBatching = new()
        {
            PreferredBatchSize = { model.Options.PreferredBatchSizes },
            MaxQueueDelayMicroseconds = (ulong)model.Options.MaxQueueDelayMicroseconds,
            PriorityLevels = (ulong)(model.Options.PriorityLevels > 1 ? model.Options.PriorityLevels : 0),
            DefaultPriorityLevel = (ulong)model.Options.DefaultPriorityLevel,
            DefaultQueuePolicy = new()
            {
                DefaultTimeoutMicroseconds = (ulong)model.Options.DefaultTimeoutMicroseconds,
                AllowTimeoutOverride = true,
                MaxQueueSize = (uint)model.Options.MaxQueueSize,
            },
        };
        return config;
    }
}
