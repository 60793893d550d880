using System.Text.Json;
using System.Text.Json.Serialization;

namespace GraphPartition.Serving.Options;

/// <summary>How one model is served: <c>serving.json</c> in its folder, over the server's defaults.</summary>
public sealed record ModelOptions
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "serving.json";

    /// <summary>Whether requests are joined to batches.</summary>
    public BatchingMode Batching { get; init; } = BatchingMode.Auto;

    /// <summary>The most samples of a batch.</summary>
    public int MaxBatchSize { get; init; } = 16;

    /// <summary>A batch of one of these sizes waits for no more requests.</summary>
    public ImmutableArray<int> PreferredBatchSizes { get; init; } = [];

    /// <summary>
    /// How long a request waits for more requests to join its batch while an instance is free, in microseconds; the timer has a
    /// resolution of 1 ms. 0: it does not wait. While all instances are busy, requests gather in any case.
    /// </summary>
    public int MaxQueueDelayMicroseconds { get; init; }

    /// <summary>How many requests may wait; a further one gets 503.</summary>
    public int MaxQueueSize { get; init; } = 1024;

    /// <summary>The number of priorities; 1 is the first to run.</summary>
    public int PriorityLevels { get; init; } = 1;

    /// <summary>The priority of a request that names none; 0: the last.</summary>
    public int DefaultPriorityLevel { get; init; }

    /// <summary>How long a request may wait, in microseconds, if it does not say so itself; 0: as long as it takes.</summary>
    public long DefaultTimeoutMicroseconds { get; init; }

    /// <summary>How many runs execute at once; 0: one for each core, or one on CUDA. They share engines and weights.</summary>
    public int Instances { get; init; }

    /// <summary>How many of the newest versions are served.</summary>
    public int Versions { get; init; } = 1;

    /// <summary>Whether a version runs on made-up inputs before it takes requests.</summary>
    public bool WarmUp { get; init; } = true;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>The options of a file over these.</summary>
    /// <exception cref="ModelException">GP5046: the file is wrong, with the line, or a value is out of its range.</exception>
    public ModelOptions With(string file)
    {
        try
        {
            // What the file leaves out keeps its value: the file is written over the JSON of these options.
            var merged = JsonSerializer.SerializeToNode(this, Json)!.AsObject();
            var given = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllBytes(file), Json) ?? [];
            foreach ((string name, JsonElement value) in given) merged[name] = System.Text.Json.Nodes.JsonNode.Parse(value.GetRawText());
            return merged.Deserialize<ModelOptions>(Json)!.Checked(file);
        }
        catch (JsonException e)
        {
            throw ServingCodes.BadOption.Error(file, e.Message);
        }
    }

    /// <summary>These options.</summary>
    /// <param name="where">Where they come from, for messages.</param>
    /// <exception cref="ModelException">GP5046: a value is out of its range.</exception>
    public ModelOptions Checked(string where)
    {
        AtLeast(1, (nameof(MaxBatchSize), MaxBatchSize), (nameof(PriorityLevels), PriorityLevels), (nameof(Versions), Versions));
        AtLeast(0, (nameof(MaxQueueDelayMicroseconds), MaxQueueDelayMicroseconds), (nameof(MaxQueueSize), MaxQueueSize),
            (nameof(Instances), Instances), (nameof(DefaultPriorityLevel), DefaultPriorityLevel),
            (nameof(DefaultTimeoutMicroseconds), DefaultTimeoutMicroseconds));
        if (DefaultPriorityLevel > PriorityLevels) Fail(nameof(DefaultPriorityLevel), $"at most {PriorityLevels}, the number of levels");
        foreach (int size in PreferredBatchSizes)
            if (size < 1 || size > MaxBatchSize) Fail(nameof(PreferredBatchSizes), $"sizes from 1 to {MaxBatchSize}, the greatest batch");
        return this;

        void AtLeast(long least, params ReadOnlySpan<(string Name, long Value)> values)
        {
            foreach ((string name, long value) in values)
                if (value < least) Fail(name, $"a number of at least {least}");
        }

        void Fail(string name, string takes) =>
            throw ServingCodes.BadOption.Error(where, $"{JsonNamingPolicy.CamelCase.ConvertName(name)} takes {takes}");
    }
}
