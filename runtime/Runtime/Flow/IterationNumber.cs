using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime.Devices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GraphPartition.Runtime.Flow;

/// <summary>
/// The number of the iteration as a value for the body. For a device it is copied out of a table that is only written when nobody
/// reads it, so that the host need not wait for each iteration.
/// </summary>
internal sealed unsafe class IterationNumber : IDisposable
{
    private const int TableLength = 1024;

    private readonly DeviceStream? _stream;
    private readonly OwnTensor[] _numbers;
    private readonly OwnTensor? _table;
    private readonly long[] _dims;
    private long _tableStart = -1;

    /// <summary>The numbers for a body.</summary>
    /// <param name="input">The body's input: a scalar, or a tensor of one element where the body says so.</param>
    /// <param name="place">Where the body wants it.</param>
    /// <param name="stream">The device, or null.</param>
    /// <param name="lanes">How many lanes there are.</param>
    public IterationNumber(Value input, MemoryPlace place, DeviceStream? stream, int lanes)
    {
        _stream = stream;
        _dims = input.Shape is { Rank: 1 } ? [1] : [];
        _numbers = [.. Enumerable.Range(0, lanes).Select(_ => new OwnTensor(place, stream))];
        if (place == MemoryPlace.Device) _table = new OwnTensor(MemoryPlace.Host, stream);
    }

    /// <summary>The number of an iteration: the lane's value.</summary>
    public OrtValue Of(long iteration, int lane)
    {
        OwnTensor number = _numbers[lane];
        OrtValue value = number.Of(TensorElementType.Int64, _dims, sizeof(long));
        if (_table is null) *(long*)number.Address = iteration;
        else
        {
            if (iteration / TableLength != _tableStart) Fill(iteration / TableLength);
            _stream!.Copy(_table.Address + (nint)(iteration % TableLength * sizeof(long)), number.Address, sizeof(long));
        }
        return value;
    }

    public void Dispose()
    {
        foreach (OwnTensor number in _numbers) number.Dispose();
        _table?.Dispose();
    }

    private void Fill(long part)
    {
        _table!.Of(TensorElementType.Int64, [TableLength], TableLength * sizeof(long));
        _stream!.Synchronize();
        for (int i = 0; i < TableLength; i++) ((long*)_table.Address)[i] = part * TableLength + i;
        _tableStart = part;
    }
}
