using System.Collections.Concurrent;
using System.Net;
using GraphPartition.Serving.Wire;

namespace GraphPartition.Serving.Memory;

/// <summary>
/// Triton's extension for tensors in system shared memory, for clients of this machine. It is off unless the options allow it.
/// </summary>
internal sealed class SharedMemory(ServingOptions options) : IDisposable
{
    private readonly ConcurrentDictionary<string, MemoryRegion> _regions = new(StringComparer.Ordinal);

    /// <summary>The regions.</summary>
    /// <param name="client">The address of the client; null: it has none (a local socket).</param>
    /// <param name="name">One of them; empty: all.</param>
    /// <exception cref="ModelException">The extension is off (GP5043), or there is no such region (GP5040).</exception>
    public IEnumerable<MemoryRegion> Status(IPAddress? client, string name)
    {
        Check(client);
        return name.Length == 0 ? _regions.Values : [Find(name)];
    }

    /// <summary>Registers a region.</summary>
    /// <exception cref="ModelException">The extension is off (GP5043), or the region does not exist or is there already (GP5040).</exception>
    public void Register(IPAddress? client, string name, string key, long offset, long size)
    {
        Check(client);
        var region = new MemoryRegion(name, key, offset, size);
        if (_regions.TryAdd(name, region)) return;
        region.Dispose();
        throw ServingCodes.BadRequest.Error($"shared memory '{name}'", "a region of this name is registered already");
    }

    /// <summary>Removes a region, or all.</summary>
    /// <exception cref="ModelException">GP5043: the extension is off.</exception>
    public void Unregister(IPAddress? client, string name)
    {
        Check(client);
        foreach (string region in name.Length == 0 ? _regions.Keys : [name])
            if (_regions.TryRemove(region, out MemoryRegion? removed)) removed.Dispose();
    }

    /// <summary>The range that the parameters of an input or output name.</summary>
    /// <returns>Null if they name none.</returns>
    /// <exception cref="ModelException">The extension is off (GP5043), or the range is not in a region (GP5040).</exception>
    public MemoryRange? RangeOf(IPAddress? client, string where, ParameterSet parameters)
    {
        if (parameters.Text("shared_memory_region") is not { } name) return null;
        Check(client);
        MemoryRegion region = Find(name);
        long offset = parameters.Integer("shared_memory_offset", least: 0) ?? 0;
        long size = parameters.Integer("shared_memory_byte_size", least: 0)
            ?? throw ServingCodes.BadRequest.Error(where, "shared_memory_byte_size is missing");
        if (size > int.MaxValue) throw ServingCodes.BadRequest.Error(where, $"shared_memory_byte_size is at most {int.MaxValue}");
        if (size > region.Size || offset > region.Size - size)
            throw ServingCodes.BadRequest.Error(where, $"bytes {offset} to {offset + size} are not in region '{name}' of {region.Size} bytes");
        return new(region, offset, size);
    }

    public void Dispose()
    {
        foreach (MemoryRegion region in _regions.Values) region.Dispose();
    }

    private MemoryRegion Find(string name) => _regions.GetValueOrDefault(name)
        ?? throw ServingCodes.BadRequest.Error($"shared memory '{name}'", "no region of this name is registered");

    private void Check(IPAddress? client)
    {
        if (!options.AllowSharedMemory) throw ServingCodes.NotSupported.Error("shared memory", "it is off (--shared-memory turns it on)");
        if (client is not null && !IPAddress.IsLoopback(client))
            throw ServingCodes.NotSupported.Error("shared memory", "it is for clients of this machine");
    }
}
