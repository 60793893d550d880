using GraphPartition.Foundation;

namespace GraphPartition.TensorRt.Cache;

/// <summary>An entry of the cache, as lists show it.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">The size of its file.</param>
/// <param name="LastUsed">When it was stored or last found, in universal time.</param>
/// <param name="Properties">What the caller stored with it; empty where the entry is damaged.</param>
/// <param name="Problem">What is wrong with it, or null.</param>
public sealed record EngineCacheEntry(
    EngineKey Key, long Bytes, DateTime LastUsed, IReadOnlyDictionary<string, string> Properties, Diagnostic? Problem);

/// <summary>The answer of the cache.</summary>
/// <param name="Blob">The engine, or null where the cache has none.</param>
/// <param name="Problem">A warning: the entry was damaged, or the cache could not be used. Null in both ordinary cases.</param>
public sealed record EngineCacheAnswer(byte[]? Blob, Diagnostic? Problem);
