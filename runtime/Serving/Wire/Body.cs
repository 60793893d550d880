using System.Buffers;
using System.Runtime.InteropServices;

namespace GraphPartition.Serving.Wire;

/// <summary>
/// The body of a request in memory that grows with what has arrived: to twice as much, and to four times as much as long as the client
/// announced more. Tensors may be read where they are (<see cref="AddressOf"/>).
/// </summary>
internal sealed class Body : IDisposable
{
    private const int Word = 8;

    private readonly int _start; // so that the tail starts at a word
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1 << 14);
    private GCHandle _pin;

    private Body(int tail) => _start = (Word - tail % Word) % Word;

    /// <summary>The bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(_start, Length);

    private int Length { get; set; }

    private Memory<byte> Free => _buffer.AsMemory(_start + Length);

    /// <summary>Reads a stream to its end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="limit">The most bytes.</param>
    /// <param name="announced">How many the client announced; null: it did not.</param>
    /// <param name="tail">Where the bytes of tensors start.</param>
    /// <param name="cancellation">Gives the reading up.</param>
    /// <exception cref="ModelException">GP5044: it is longer than the limit.</exception>
    public static async Task<Body> ReadAsync(Stream stream, long limit, long? announced, int tail, CancellationToken cancellation)
    {
        var body = new Body(tail);
        try
        {
            while (true)
            {
                if (body.Free.IsEmpty) body.Grow(announced);
                int read = await stream.ReadAsync(body.Free, cancellation).ConfigureAwait(false);
                if (read == 0) return body;
                body.Length += read;
                if (body.Length > limit) throw ServingCodes.TooLarge.Error("body", $"it has more than {limit} bytes");
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>The address of a byte, which stays until disposal. It is a multiple of 8 for the first byte of the tail.</summary>
    public nint AddressOf(int place)
    {
        if (!_pin.IsAllocated) _pin = GCHandle.Alloc(_buffer, GCHandleType.Pinned);
        return _pin.AddrOfPinnedObject() + _start + place;
    }

    public void Dispose()
    {
        if (_pin.IsAllocated) _pin.Free();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        Length = 0;
    }

    private void Grow(long? announced)
    {
        if (_buffer.Length >= Array.MaxLength / 2) throw ServingCodes.TooLarge.Error("body", $"it has more than {Length} bytes");
        long most = Math.Min(4L * _buffer.Length, (announced ?? 0) + _start + 1); // one more, so that the end is seen without growing again
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Max(2L * _buffer.Length, Math.Min(most, Array.MaxLength)));
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
