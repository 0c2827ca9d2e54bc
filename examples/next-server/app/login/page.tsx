export default function Login() {
  return (
    <form method="post" action="/login/check">
      <h1>Sign in</h1>
      <label>
        Name <input name="name" autoComplete="username" required />
      </label>{' '}
      <button type="submit">Sign in</button>
    </form>
  );
}
