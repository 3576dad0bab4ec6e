namespace Cloud.Grains.Hosting;

/// <summary>Where work that takes long for a grain's turn is done: signature checks above all.</summary>
public interface IWorkRunner
{
    /// <summary>Runs work beside the caller's turns.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="work">The work; it touches nothing of the caller's.</param>
    /// <returns>Its result.</returns>
    Task<T> Run<T>(Func<T> work);
}
