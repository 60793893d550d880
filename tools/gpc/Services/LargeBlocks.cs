using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace GraphPartition.Gpc.Services;

/// <summary>
/// Memory for Kestrel in blocks of 64 KiB, not 4: each block of a request costs a call of the kernel, and tensors are large. A connection
/// that waits for a request holds no block.
/// </summary>
internal sealed class LargeBlocks : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int BlockSize = 1 << 16;

    /// <inheritdoc/>
    public override int MaxBufferSize => BlockSize;

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1) => Shared.Rent(Math.Max(minBufferSize, BlockSize));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) { } // the arrays belong to the pool of the process
}
