"""Piccolo's engine, as both services need it."""

from types import TracebackType

from piccolo.engine.postgres import PostgresEngine, PostgresTransaction


class _Transaction(PostgresTransaction):
    """Piccolo's loses its connection from the pool where it is cancelled, or fails, as it begins or
    ends: each client that hangs up at that moment would leave one less for the others."""

    async def __aenter__(self) -> PostgresTransaction:
        if self._parent is not None:
            return self._parent
        self.connection = await self.get_connection()  # type: ignore[no-untyped-call]
        try:
            self.transaction = self.connection.transaction()
            await self.transaction.start()
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._parent is None:
            try:
                if exception is None and not self._committed and not self._rolled_back:
                    await self.transaction.commit()
                elif exception is not None and not self._rolled_back:
                    await self.transaction.rollback()
            finally:
                self.engine.current_transaction.reset(self.context)
                await self._give_back()
        return exception is None

    async def _give_back(self) -> None:
        # Returning to the pool ends whatever was begun.
        if self.engine.pool:
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()


class Engine(PostgresEngine):
    """Its address may be set after it was made."""

    async def check_version(self) -> None:
        """Stock Piccolo connects while it is being constructed, to warn about old servers: importing
        a module must not need a database, whose address is known only once the settings are read."""

    def transaction(self, allow_nested: bool = True) -> PostgresTransaction:
        return _Transaction(engine=self, allow_nested=allow_nested)
